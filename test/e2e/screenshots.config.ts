import { defineConfig } from 'vitest/config';
import { assemblyScript } from '../../build/assembly-plugin.ts';
import { wasmBytes } from '../../build/wasm-plugin.ts';

/** Makes the pictures of the README. Run it from the root of the checkout by `npm run screenshots`. */
export default defineConfig({
  plugins: [assemblyScript(), wasmBytes()],
  test: { include: ['test/e2e/screenshots.ts'], testTimeout: 600_000 },
});
