import { defineConfig } from 'vitest/config';
import { assemblyScript } from '../../build/assembly-plugin.ts';
import { wasmBytes } from '../../build/wasm-plugin.ts';

/** Starts an installed app. PRECOMPUTED_STUDIO_INSTALLED names its program (.github/workflows/installers.yml). */
export default defineConfig({
  plugins: [assemblyScript(), wasmBytes()],
  test: {
    include: ['test/electron/installed.ts'],
    testTimeout: 600_000,
    expect: { poll: { timeout: 180_000 } },
  },
});
