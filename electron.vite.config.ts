import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { defaultClientConditions } from 'vite';
import { assemblyScript } from './build/assembly-plugin';
import { guidePages } from './build/guide-plugin';
import { gzipAssets } from './build/gzip-plugin';
import { bundledGroups } from './build/loaded-together';
import { neuroglancer } from './build/neuroglancer-plugin';
import { wasmBytes } from './build/wasm-plugin';

/** The Neuroglancer data sources that are built: those for precomputed datasets on a web server. */
const NEUROGLANCER_PARTS = [
  'neuroglancer/datasource:none_by_default',
  'neuroglancer/datasource/precomputed:enabled',
  'neuroglancer/kvstore:none_by_default',
  'neuroglancer/kvstore/http:enabled',
  'neuroglancer/kvstore/byte_range:enabled',
  'neuroglancer/kvstore/gzip:enabled',
];

/** Suppresses the bundler's report on itself, which would be printed before the address that `npm start` prints. */
const QUIET = { pluginTimings: false };

export default defineConfig({
  main: {
    plugins: [assemblyScript(), wasmBytes()],
    build: {
      // These are bundled, so that their unused parts are left out: for example, the thread pool of geotiff, which
      // would treat any worker thread as its own, and half of the time that zod adds to the start of a worker.
      externalizeDeps: { exclude: ['geotiff', 'zod', 'commander', 'csv-parse'] },
      rollupOptions: {
        checks: QUIET,
        input: {
          index: 'src/main/index.ts',
          studio: 'src/main/electron/studio-process.ts',
          cli: 'src/main/cli/index.ts',
          worker: 'src/main/engine/worker.ts',
          job: 'src/main/studio/job-entry.ts',
          'hdf5-thread': 'src/main/sources/hdf5/hdf5-thread.ts',
        },
        output: {
          format: 'es',
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
          codeSplitting: { groups: bundledGroups },
        },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload script can't be a module, and can't load any.
      externalizeDeps: false,
      rollupOptions: {
        checks: QUIET,
        input: { index: 'src/preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    plugins: [neuroglancer(), guidePages(), svelte(), gzipAssets()],
    resolve: { conditions: [...NEUROGLANCER_PARTS, ...defaultClientConditions] },
    worker: {
      format: 'iife',
      plugins: () => [neuroglancer()],
      rollupOptions: { checks: QUIET, output: { codeSplitting: false } },
    },
    build: {
      target: 'es2023',
      minify: true,
      // A worker without an address of its own can't load a file that lies beside it.
      assetsInlineLimit: (file) => (file.endsWith('.wasm') ? true : undefined),
      chunkSizeWarningLimit: 8000,
      rollupOptions: {
        checks: QUIET,
        input: { index: 'src/renderer/index.html', viewer: 'src/renderer/viewer/index.html' },
      },
    },
  },
});
