import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/**
 * The markup and style of components are checked here. Everything else is checked by oxlint, much faster (.oxlintrc.json),
 * and what needs types as well, in the TypeScript that svelte-check makes of components.
 */
export default defineConfig(
  { ignores: ['**', '!src/', '!src/**/', '!src/**/*.svelte'] },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  {
    files: ['**/*.svelte'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      // svelte-check knows which names are defined.
      'no-undef': 'off',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
);
