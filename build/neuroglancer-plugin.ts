import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** Icons that Neuroglancer takes from an `ikonate` that npm doesn't have; drawn anew for this project. */
const OWN_ICONS = ['code-alt', 'controls-alt', 'layers'];

const WORKER =
  /new Worker\(\s*(?:\/\*[^*]*\*\/\s*)?new URL\("([^"]+)", import\.meta\.url\),\s*\{ type: "module" \}\s*\)/g;

/**
 * Makes the npm package `neuroglancer` buildable by Vite, and fit for a document of opaque origin: such a
 * document may load no worker by address, so the workers' code is part of the page.
 */
export function neuroglancer(): Plugin {
  return {
    name: 'neuroglancer',
    enforce: 'pre',
    resolveId(id) {
      const icon = /^ikonate\/icons\/(.+)\.svg\?raw$/.exec(id)?.[1];
      if (icon === undefined || !OWN_ICONS.includes(icon)) return undefined;
      return fileURLToPath(new URL(`../src/renderer/viewer/icons/${icon}.svg?raw`, import.meta.url));
    },
    transform(code, id) {
      if (!/[\\/]neuroglancer[\\/]lib[\\/].*\.js$/.test(id) || !code.includes('new Worker('))
        return undefined;
      const imports: string[] = [];
      const inlined = code.replace(WORKER, (_, file: string) => {
        imports.push(`import InlineWorker${imports.length} from "${file}?worker&inline";`);
        return `new InlineWorker${imports.length - 1}()`;
      });
      if (imports.length === 0) this.error('Neuroglancer starts a worker in a way that is not known here');
      return { code: `${imports.join('\n')}\n${inlined}`, map: null };
    },
  };
}
