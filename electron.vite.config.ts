import { defineConfig } from 'electron-vite';

export default defineConfig({
  main: {
    build: {
      // Bundled, so that what isn't used of it is left out: its thread pool, for one, takes any worker thread
      // for its own.
      externalizeDeps: { exclude: ['geotiff'] },
      rollupOptions: {
        input: {
          cli: 'src/main/cli/index.ts',
          worker: 'src/main/engine/worker.ts',
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
});
