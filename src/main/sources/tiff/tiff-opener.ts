import type { SourceOpener } from '../source-opener';
import type { SourceHandle } from '../volume-source';
import { BugError } from '../../../shared/base/errors';
import { planStack, type TiffHandle } from './stack-plan';
import { TiffSource } from './tiff-source';

/** Opens a folder of TIFF slices, or one TIFF file with one page per slice. */
export const tiffOpener: SourceOpener = {
  format: 'tiff',
  title: 'a folder or archive (zip, tar, tar.gz) of TIFF slices or a multi-page TIFF file',
  recognises: ({ slices }) => slices?.kind === 'tiff',
  async open({ path, slices }, options) {
    if (slices === undefined) throw new BugError('not a stack of slices');
    return new TiffSource(await planStack(path, slices, options));
  },
  reopen(handle) {
    if (!isTiffHandle(handle)) throw new BugError('not a handle of a TIFF stack');
    return Promise.resolve(new TiffSource(handle));
  },
};

function isTiffHandle(handle: SourceHandle): handle is TiffHandle {
  return handle.format === 'tiff' && typeof handle['slices'] === 'object';
}
