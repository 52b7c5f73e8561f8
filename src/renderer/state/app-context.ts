import { createContext } from 'svelte';
import type { Batch } from './batch.svelte';
import type { ConversionDraft } from './conversion-draft.svelte';
import type { Navigation } from './navigation.svelte';
import type { Publications } from './publications.svelte';
import type { StudioState } from './studio.svelte';
import type { Theme } from './theme.svelte';
import type { Viewer } from './viewer.svelte';

/** The state that all views share. */
export interface AppContext {
  readonly studio: StudioState;
  readonly navigation: Navigation;
  readonly draft: ConversionDraft;
  readonly batch: Batch;
  readonly viewer: Viewer;
  readonly publications: Publications;
  readonly theme: Theme;
}

export const [getApp, setApp] = createContext<AppContext>();
