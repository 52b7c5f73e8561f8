/**
 * Reads FreeSurfer volumes (.mgh, gzipped .mgz). All numbers are big endian. The fields, by their byte offsets, are:
 * - 0: the version (1), the width, height, depth, number of frames and type of the voxels, 4 bytes each
 * - 28: whether the following three fields are set (2 bytes)
 * - 30: the size of a voxel in millimetres
 * - 42: the directions of x, y and z, as vectors in RAS
 * - 78: the position of the middle voxel
 * - 284: the voxels, with x as the fastest and the frame as the slowest axis
 *
 * Source: https://surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat
 */
import { basename } from 'node:path';
import type { DataType } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import {
  affineIn,
  isUpright,
  orientationFacts,
  orientationOf,
  orientedGeometry,
  placeNotes,
  type Affine,
} from '../array/affine';
import { denseOpener } from '../array/dense-opener';
import { denseMetadata } from '../array/dense-source';
import { timesTaken } from '../array/array-axes';
import { layOutArray, lengthWith } from '../array/packed-array';
import { geometry } from '../array/geometry';
import { fileFingerprint, lookAtFile } from '../array/random-bytes';
import { contentHead, contentOf, contentStart } from '../deflate/gzip-file';

const HEADER_BYTES = 284;
const MILLIMETRE_NM = 1e6;
const TYPES: Readonly<Record<number, DataType>> = {
  0: 'uint8',
  1: 'int32',
  3: 'float32',
  4: 'int16',
  10: 'uint16',
};

/** Opens FreeSurfer volumes. */
export const mghOpener = denseOpener({
  format: 'mgh',
  title: 'a FreeSurfer volume (.mgz, .mgh)',
  recognises: ({ path, head }) =>
    /\.(mgz|mgh|mgh\.gz)$/i.test(path) &&
    Buffer.from(contentHead(head).subarray(0, 4)).toString('hex') === '00000001',
  async plan(path, options) {
    const file = await lookAtFile(path);
    const where = basename(path);
    const { size, frames, dataType, spacing, affine } = parseHeader(
      await contentStart(file, HEADER_BYTES),
      where,
    );
    const shape = [frames, ...size.toReversed()];
    const array = {
      shape,
      order: 'C',
      names: ['t', 'z', 'y', 'x'],
      dataType,
      littleEndian: false,
      offsetBytes: HEADER_BYTES,
    } as const;
    const bytes = await contentOf(file, lengthWith(array), options);
    const { axes, layout } = layOutArray(array, bytes, options, where);
    const isTurned = options.orientation === 'ras';
    const isRas = affine !== undefined && orientationOf(affine) === 'RAS' && isUpright(affine);
    const origin = isRas ? vec3((axis) => (affine[axis][3] ?? 0) * MILLIMETRE_NM) : undefined;
    const own = geometry(spacing && vec3((axis) => spacing[axis] * MILLIMETRE_NM), origin);
    const oriented = options.axes === undefined ? orientedGeometry(own, affine, size, isTurned) : {};
    const metadata = denseMetadata(layout, null, bytes, {
      format: 'FreeSurfer',
      ...oriented,
      takes: timesTaken(axes),
      facts: [
        ['axes', axes.description],
        ...orientationFacts(affine && orientationOf(affine)),
        ['compression', bytes.kind === 'deflate' ? 'gzip' : 'none'],
      ],
      passedOver: placeNotes(oriented, affine),
      fingerprint: fileFingerprint(file),
    });
    return { format: 'mgh', bytes, layout, storedAs: null, metadata };
  },
});

interface MghHeader {
  readonly size: Vec3;
  readonly frames: number;
  readonly dataType: DataType;
  readonly spacing: Vec3 | undefined;
  /** The matrix from voxels to space, in millimetres. */
  readonly affine: Affine | undefined;
}

function parseHeader(head: Buffer, where: string): MghHeader {
  if (head.length < HEADER_BYTES) throw damaged(where, 'its header is cut off');
  const size = vec3((axis) => head.readInt32BE(4 + 4 * axis));
  const frames = head.readInt32BE(16);
  const type = head.readInt32BE(20);
  const dataType = TYPES[type];
  if (![...size, frames].every((length) => length > 0))
    throw damaged(where, `its size is ${size.join(' × ')}`);
  if (dataType === undefined) {
    throw new UnsupportedError(`${where} has voxels of the type ${type}, which is not supported.`, {
      remedy: 'Save it as integers or as float: mri_convert -odt int INPUT OUTPUT.',
    });
  }
  if (head.readInt16BE(28) <= 0) return { size, frames, dataType, spacing: undefined, affine: undefined };
  const spacing = vec3((axis) => head.readFloatBE(30 + 4 * axis));
  const vector = (at: number) => [0, 1, 2].map((i) => head.readFloatBE(at + 4 * i));
  const columns = spacing.map((length, axis) => vector(42 + 12 * axis).map((part) => part * length));
  // The header has the middle of the volume. The first voxel lies half of each axis before it.
  const origin = vector(78).map((middle, i) =>
    columns.reduce(
      (sum, column, axis) => sum - ((column[i] ?? 0) * (size[axis as 0 | 1 | 2] ?? 0)) / 2,
      middle,
    ),
  );
  return { size, frames, dataType, spacing, affine: affineIn('RAS', columns, origin) };
}

function damaged(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} is not a valid FreeSurfer volume: ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
