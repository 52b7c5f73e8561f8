import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { assemblyScript } from './build/assembly-plugin.ts';
import { wasmBytes } from './build/wasm-plugin.ts';

/** The plugins with which the code of the Node side is built. */
const plugins = () => [assemblyScript(), wasmBytes()];
/** Long enough for a busy machine that is many times slower than those of developers. */
const common = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // The default is one second.
  expect: { poll: { timeout: 180_000 } },
  // One of ten thousand tests that waits too little must not hold back a day's work. The closing lines name it.
  retry: process.env.CI === 'true' ? 1 : 0,
};

export default defineConfig({
  test: {
    // Many tests wait for processes that they start, so leaving one core free would waste too much.
    maxWorkers: '100%',
    reporters: ['default', './test/closing-line-reporter.ts'],
    projects: [
      {
        plugins: plugins(),
        test: {
          ...common,
          name: 'unit',
          setupFiles: 'test/fixed-seed.ts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/electron/**', 'test/renderer/**'],
          // Neuroglancer's modules import style sheets, which Node doesn't know.
          server: { deps: { inline: ['neuroglancer'] } },
        },
      },
      {
        // The page's state, compiled by Svelte's compiler, without a page.
        plugins: [...plugins(), svelte({ configFile: false })],
        resolve: { conditions: ['browser'] },
        test: { ...common, name: 'page', include: ['test/renderer/**/*.test.ts'] },
      },
      {
        plugins: plugins(),
        test: {
          ...common,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/global-setup.ts',
        },
      },
      {
        plugins: plugins(),
        test: {
          ...common,
          name: 'electron',
          include: ['test/electron/**/*.test.ts'],
          globalSetup: 'test/electron/global-setup.ts',
          // Electron 22 sometimes crashes as it ends: once in some dozens of runs.
          retry: 1,
        },
      },
    ],
  },
});
