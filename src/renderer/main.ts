import './zod-without-eval';
import './language';
import { mount } from 'svelte';
import './styles/theme.css';
import './styles/controls.css';
import './styles/pages.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
