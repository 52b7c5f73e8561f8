import { defineConfig } from 'vite';
import { assemblyScript } from '../../build/assembly-plugin.ts';
import { wasmBytes } from '../../build/wasm-plugin.ts';

/** Builds the benchmarks to out/bench/index.js. Run it from the root of the checkout. */
export default defineConfig({
  root: '.',
  plugins: [assemblyScript(), wasmBytes()],
  build: { ssr: 'test/bench/index.ts', outDir: 'out/bench', emptyOutDir: true },
});
