import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/**
 * Icons that Neuroglancer imports from a version of `ikonate` that npm doesn't have. They were redrawn for this
 * project.
 */
const OWN_ICONS = ['code-alt', 'controls-alt', 'layers'];

const WORKER =
  /new Worker\(\s*(?:\/\*[^*]*\*\/\s*)?new URL\("([^"]+)", import\.meta\.url\),\s*\{ type: "module" \}\s*\)/g;

/**
 * Makes the npm package `neuroglancer` buildable by Vite, and suitable for a document of opaque origin. Such a
 * document may not load workers by address, so the code of the workers is part of the page.
 */
export function neuroglancer(): Plugin {
  return {
    name: 'neuroglancer',
    enforce: 'pre',
    resolveId(id) {
      const icon = /^ikonate\/icons\/(.+)\.svg\?raw$/.exec(id)?.[1];
      if (icon === undefined || !OWN_ICONS.includes(icon)) return undefined;
      return `${fileURLToPath(new URL(`../src/renderer/viewer/icons/${icon}.svg`, import.meta.url))}?raw`;
    },
    transform(code, id) {
      if (/\?worker&inline$/.test(id)) return { code: withoutFallback(code), map: null };
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

/**
 * Removes the second copy of an inlined worker, which Vite adds for browsers in which a blob can't be a worker. The
 * document's policy allows only blobs.
 */
function withoutFallback(code: string): string {
  return code.replace(
    /(["'])data:text\/javascript;charset=utf-8,\1 \+ encodeURIComponent\(jsContent\)/g,
    '""',
  );
}
