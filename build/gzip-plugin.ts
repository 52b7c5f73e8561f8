import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const PACKED = /\.(js|css)$/;

/**
 * Writes a gzipped copy of each script and style sheet beside it, so that a server needn't compress them for each
 * reader.
 */
export function gzipAssets(): Plugin {
  return {
    name: 'gzip-assets',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      for (const file of Object.values(bundle)) {
        if (!PACKED.test(file.fileName)) continue;
        const text = file.type === 'chunk' ? file.code : file.source;
        await writeFile(join(dir ?? '.', `${file.fileName}.gz`), await promisify(gzip)(text, { level: 9 }));
      }
    },
  };
}
