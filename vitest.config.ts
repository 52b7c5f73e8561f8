import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { assemblyScript } from './build/assembly-plugin.ts';
import { wasmBytes } from './build/wasm-plugin.ts';

/** What the code of the Node side is built with. */
const plugins = () => [assemblyScript(), wasmBytes()];
/** Long enough for a machine that is many times slower than those of developers, and busy. */
const common = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // One second, unless told.
  expect: { poll: { timeout: 180_000 } },
};

export default defineConfig({
  test: {
    // Many tests wait for processes that they start: one core less than there are would leave too much unused.
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
          // Its modules import style sheets, which Node doesn't know.
          server: { deps: { inline: ['neuroglancer'] } },
        },
      },
      {
        // The page's state, by its own compiler, without a page.
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
          // Several browsers at once, each drawing in software, only slow each other down.
          fileParallelism: false,
        },
      },
      {
        plugins: plugins(),
        test: {
          ...common,
          name: 'electron',
          include: ['test/electron/**/*.test.ts'],
          globalSetup: 'test/electron/global-setup.ts',
          // Electron 22 has been seen to crash as it ends, once in some dozens of times.
          retry: 1,
          fileParallelism: false,
        },
      },
    ],
  },
});
