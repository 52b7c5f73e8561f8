import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError, InvalidInputError } from '../../shared/base/errors';
import { parseVolumeInfo } from '../../shared/precomputed/volume-info';
import { fileError } from '../base/file-error';
import { PrecomputedSource, type PrecomputedHandle } from './precomputed-source';
import type { SourceOpener } from './source-opener';
import type { SourceHandle } from './volume-source';

/** The finest scale of a precomputed volume in a folder. */
export const precomputedOpener: SourceOpener = {
  format: 'precomputed',
  title: 'the folder of a precomputed volume',
  recognises: ({ names }) => names?.includes('info') ?? false,
  async open({ path }) {
    const file = join(path, 'info');
    let json: unknown;
    try {
      json = JSON.parse(await readFile(file, 'utf8'));
    } catch (error) {
      if (error instanceof SyntaxError) throw new InvalidInputError(`${file} isn't JSON: ${error.message}`);
      throw fileError('read', file, error);
    }
    const info = parseVolumeInfo(json, file);
    return new PrecomputedSource({
      format: 'precomputed',
      root: path,
      info,
      scale: 0,
      missingChunks: 'zero',
    });
  },
  reopen(handle) {
    if (!isPrecomputedHandle(handle)) throw new BugError('not a handle of a precomputed volume');
    return Promise.resolve(new PrecomputedSource(handle));
  },
};

function isPrecomputedHandle(handle: SourceHandle): handle is PrecomputedHandle {
  return handle.format === 'precomputed' && typeof handle['root'] === 'string';
}
