import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';

const QUERY = /\.wasm\?base64$/;

/**
 * Vite plugin: `import('package/module.wasm?base64')` returns the bytes of a WebAssembly module in base64. The bytes
 * are part of the bundle, so that the package needn't be installed, and no worker or test has to find a file.
 */
export function wasmBytes(): Plugin {
  return {
    name: 'wasm-bytes',
    enforce: 'pre',
    async load(id) {
      if (!QUERY.test(id)) return undefined;
      const bytes = await readFile(id.replace(/\?base64$/, ''));
      return `export default '${bytes.toString('base64')}';`;
    },
  };
}
