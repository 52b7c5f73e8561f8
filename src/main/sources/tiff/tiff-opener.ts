import type { SourceOpener } from '../source-opener';
import type { SourceHandle } from '../volume-source';
import { BugError } from '../../../shared/base/errors';
import { isTiffName } from './folder-scan';
import { planFile, planFolder, type TiffHandle } from './stack-plan';
import { TiffSource } from './tiff-source';

/** "II" or "MM" for the byte order, then 42, or 43 for BigTIFF, in that order. */
const SIGNATURES = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];

/** A folder of TIFF slices, or one TIFF file with a page a slice. */
export const tiffOpener: SourceOpener = {
  format: 'tiff',
  title: 'a folder of TIFF slices or a multi-page TIFF file',
  recognises({ names, head }) {
    if (names !== undefined) return names.some(isTiffName);
    return SIGNATURES.includes(Buffer.from(head.subarray(0, 4)).toString('latin1'));
  },
  async open({ path, names }, options) {
    return new TiffSource(await (names === undefined ? planFile(path, options) : planFolder(path, options)));
  },
  reopen(handle) {
    if (!isTiffHandle(handle)) throw new BugError('not a handle of a TIFF stack');
    return Promise.resolve(new TiffSource(handle));
  },
};

function isTiffHandle(handle: SourceHandle): handle is TiffHandle {
  return handle.format === 'tiff' && typeof handle['slices'] === 'object';
}
