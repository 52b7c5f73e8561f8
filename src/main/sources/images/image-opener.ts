import { BugError } from '../../../shared/base/errors';
import type { SourceOpener } from '../source-opener';
import type { SourceHandle } from '../volume-source';
import { planImages, type ImageHandle } from './image-plan';
import { ImageSource } from './image-source';

/** Opens a folder or an archive of images with one slice each, or a single image. */
export const imageOpener: SourceOpener = {
  format: 'images',
  title: 'a folder or archive of image slices (PNG, JPEG, WebP, BMP)',
  recognises: ({ slices }) => slices?.kind === 'image',
  async open({ path, slices }, options) {
    if (slices === undefined) throw new BugError('not a stack of slices');
    return new ImageSource(await planImages(path, slices, options));
  },
  reopen(handle) {
    if (!isImageHandle(handle)) throw new BugError('not a handle of a stack of images');
    return Promise.resolve(new ImageSource(handle));
  },
};

function isImageHandle(handle: SourceHandle): handle is ImageHandle {
  return handle.format === 'images' && Array.isArray(handle['names']);
}
