import js from '@eslint/js';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/**
 * The layers from the bottom up: a folder may import only from itself and from the folders that are listed for it.
 */
const LAYERS = {
  'shared/base': [],
  'shared/kernels': ['shared/base'],
  'shared/precomputed': ['shared/base'],
  'shared/deflate': ['shared/base'],
  'shared/api': ['shared/base', 'shared/kernels', 'shared/precomputed'],
  'main/base': ['shared'],
  'main/places': ['shared', 'main/base'],
  'main/codecs': ['shared', 'main/base'],
  'main/sources': ['shared', 'main/base', 'main/places', 'main/codecs'],
  'main/meshing': ['shared', 'main/base'],
  'main/engine': ['shared', 'main/base', 'main/codecs', 'main/sources', 'main/places', 'main/meshing'],
  'main/publish': ['shared', 'main/base', 'main/codecs', 'main/sources', 'main/places', 'main/engine'],
  'main/server': ['shared', 'main/base', 'main/sources', 'main/places', 'main/engine'],
  'main/studio': [
    'shared',
    'main/base',
    'main/codecs',
    'main/sources',
    'main/places',
    'main/engine',
    'main/publish',
    'main/server',
  ],
  'main/electron': ['shared', 'main'],
  'main/browser': ['shared', 'main'],
  'main/cli': ['shared', 'main'],
  preload: ['shared'],
  renderer: ['shared'],
};

const layerZones = Object.entries(LAYERS).map(([layer, below]) => ({
  target: `./src/${layer}`,
  from: './src',
  except: [layer, ...below].map((folder) => `./${folder}`),
  message: `src/${layer} may import from ${[layer, ...below].join(', ')} only (docs/architecture.md).`,
}));

/** Code in `shared` runs in every runtime, so it may not import modules of a single one. */
const runtimeModules = ['node:*', 'electron', 'svelte', 'svelte/*', 'fs', 'path', 'os', 'zlib'];

/** Matches a sentence that names a setting by its flag. */
const FLAGS =
  '(^|[\\s(`])--(resume|overwrite|resolution|voxel-offset|type|data-type|gaps|dataset|axes|colours|channel|roi|orientation|transpose|flip|remap|window|id-offset|components|encoding|block-size|chunk-size|compression|layout|downsample|scales|factors|mesh|lods|segments|exclude|names|ids-file|workers|memory)';

export default defineConfig(
  { ignores: ['out', 'dist', 'coverage'] },
  js.configs.recommended,
  ts.configs.strict,
  importX.flatConfigs.typescript,
  svelte.configs.recommended,
  {
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.svelte'] })],
      // Packages are not parsed: the parser for components can't read their files.
      'import-x/ignore': ['node_modules'],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: layerZones }],
      'import-x/no-duplicates': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // In other files these rules are checked by oxlint, much faster (.oxlintrc.json). It can't read components.
    files: ['src/**/*.svelte'],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['src/**/*.svelte', 'src/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    // svelte-check knows which names are defined.
    rules: { 'no-undef': 'off' },
  },
  {
    // Each user interface names options in its own way: see src/shared/base/words.ts.
    files: [
      'src/main/{engine,sources,meshing,codecs,places}/**/*.ts',
      'src/shared/{kernels,precomputed}/**/*.ts',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `Literal[value=/${FLAGS}/], TemplateElement[value.raw=/${FLAGS}/]`,
          message: 'Mention the option by `named`, `set` or `about` of shared/api/mentions.ts in `say`.',
        },
      ],
    },
  },
  {
    files: ['src/shared/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: runtimeModules }] }] },
  },
);
