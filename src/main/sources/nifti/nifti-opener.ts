import { basename } from 'node:path';
import { orientationFacts, placeNotes } from '../array/affine';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata } from '../array/dense-source';
import { timesTaken } from '../array/array-axes';
import { layOutArray, lengthWith } from '../array/packed-array';
import { fileFingerprint, lookAtFile } from '../array/random-bytes';
import { contentHead, contentOf, contentStart } from '../deflate/gzip-file';
import type { SourceMetadata } from '../volume-source';
import { NIFTI_HEADER_BYTES, niftiKind, parseNiftiHeader, type NiftiHeader } from './nifti-header';

/**
 * Opens NIfTI-1 and NIfTI-2 files, gzipped or not. Axes keep the order of the file. If the header states their
 * directions, these are shown as a fact. The scaling of the header is applied to labels too, because viewers do so.
 */
export const niftiOpener = denseOpener({
  format: 'nifti',
  title: 'a NIfTI file (.nii, .nii.gz)',
  recognises: ({ head }) => niftiKind(contentHead(head)) !== undefined,
  async plan(path, options) {
    const file = await lookAtFile(path);
    const where = basename(path);
    const header = parseNiftiHeader(await contentStart(file, NIFTI_HEADER_BYTES), where);
    const { shape, names } = axesOf(header);
    const data = await contentOf(
      header.isDetached ? await lookAtFile(path.replace(/\.hdr(\.gz)?$/, '.img$1')) : file,
      lengthWith({ ...header, shape }),
      options,
    );
    const { axes, layout } = layOutArray({ ...header, shape, order: 'F', names }, data, options, where);
    const oriented = options.axes === undefined ? geometryFor(header, options.orientation === 'ras') : {};
    const metadata = denseMetadata(layout, null, data, {
      format: `NIfTI-${header.version}`,
      ...(header.scaling === null ? {} : { scaling: header.scaling }),
      ...oriented,
      takes: timesTaken(axes),
      facts: [
        ['axes', axes.description],
        ...orientationFacts(header.orientation),
        ['byte order', header.littleEndian ? 'little endian' : 'big endian'],
        ['compression', data.kind === 'deflate' ? 'gzip' : 'none'],
      ],
      passedOver: placeNotes(oriented, header.affine),
      fingerprint: fileFingerprint(file, data.file),
    });
    return { format: 'nifti', bytes: data, layout, storedAs: null, metadata };
  },
});

/** Returns the voxel size, position and orientation. For a volume that is turned to RAS, it is the position after that. */
function geometryFor(header: NiftiHeader, isTurned: boolean): Partial<SourceMetadata> {
  const { geometry, turnedOffset, orientation } = header;
  return {
    ...geometry,
    ...(isTurned && turnedOffset !== undefined ? { voxelOffset: turnedOffset } : {}),
    ...(orientation === undefined ? {} : { orientation }),
  };
}

/** Returns the lengths and names of the axes, the fastest first. The samples of a colour come before x. */
function axesOf({ shape, colours }: NiftiHeader): { shape: number[]; names: string[] } {
  const names = ['x', 'y', 'z', 't', 'c'].slice(0, shape.length);
  const kept = shape.map((length, i) => ({ length, name: names[i] ?? '-' }));
  if (colours > 1) kept.unshift({ length: colours, name: 'c' });
  return { shape: kept.map(({ length }) => length), names: kept.map(({ name }) => name) };
}
