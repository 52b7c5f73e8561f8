import { boxShape, containsBox, formatBox, isEmptyBox, type Box } from '../base/box';
import { dataTypeOf, type DataType, type VoxelArray } from '../base/data-type';
import { BugError, InvalidInputError } from '../base/errors';
import { positionIn, type VolumeBlock } from '../base/volume-block';

/**
 * Reports whether type `to` can represent every value of type `from` exactly. It also returns true if `from` is
 * signed and `to` is unsigned and at least as wide: then only negative values have no equal, and {@link copyBox}
 * refuses them.
 */
export function fitsInto(from: DataType, to: DataType): boolean {
  if (from === to) return true;
  const [source, target] = [numberKind(from), numberKind(to)];
  if (source.float) return target.float && source.bits <= target.bits;
  if (target.float) return source.bits <= (target.bits === 64 ? 32 : 16);
  if (!source.signed && target.signed) return source.bits < target.bits;
  return source.bits <= target.bits;
}

function numberKind(type: DataType): { float: boolean; signed: boolean; bits: number } {
  return {
    float: type.startsWith('float'),
    signed: type.startsWith('int'),
    bits: Number(/\d+$/.exec(type)?.[0]),
  };
}

/**
 * Copies the voxels of `box`, in every channel, from `source` to their places in `target`. They are widened if the
 * target's type is wider (see {@link fitsInto}). Both blocks have to contain the box and to have the same number of
 * channels.
 * @throws InvalidInputError that names the first negative voxel, if the target is unsigned
 */
export function copyBox(source: VolumeBlock, target: VolumeBlock, box: Box): void {
  if (isEmptyBox(box)) return;
  if (!containsBox(source.box, box) || !containsBox(target.box, box) || source.channels !== target.channels) {
    throw new BugError(
      `can't copy ${formatBox(box)} from ${formatBox(source.box)} × ${source.channels} to ` +
        `${formatBox(target.box)} × ${target.channels}`,
    );
  }
  const copyRun = runCopier(source.data, target.data);
  const [width, height, depth] = boxShape(box);
  const from = strides(source, box);
  const to = strides(target, box);
  // Rows that are contiguous in both blocks are copied as one run, and so are planes.
  const rowsJoin = width === from.row && width === to.row;
  const planesJoin = rowsJoin && height * from.row === from.plane && height * to.row === to.plane;
  const run = width * (rowsJoin ? height : 1) * (planesJoin ? depth : 1);
  const rows = rowsJoin ? 1 : height;
  const planes = planesJoin ? 1 : depth;
  for (let channel = 0; channel < source.channels; channel++) {
    for (let z = 0; z < planes; z++) {
      let s = from.first + channel * from.channel + z * from.plane;
      let t = to.first + channel * to.channel + z * to.plane;
      for (let y = 0; y < rows; y++) {
        const bad = copyRun(s, t, run);
        if (bad >= 0) throw negativeVoxel(source, bad);
        s += from.row;
        t += to.row;
      }
    }
  }
}

function strides(
  block: VolumeBlock,
  box: Box,
): { row: number; plane: number; channel: number; first: number } {
  const [row, height, depth] = boxShape(block.box);
  const plane = row * height;
  const { min } = block.box;
  const first = (box.min[2] - min[2]) * plane + (box.min[1] - min[1]) * row + (box.min[0] - min[0]);
  return { row, plane, channel: plane * depth, first };
}

/** Copies `length` values. Returns the source index of the first one that doesn't fit, or -1. */
type RunCopier = (sourceIndex: number, targetIndex: number, length: number) => number;

function runCopier(source: VoxelArray, target: VoxelArray): RunCopier {
  const [from, to] = [dataTypeOf(source), dataTypeOf(target)];
  if (!fitsInto(from, to)) throw new BugError(`${from} voxels don't fit into ${to}`);
  const copy =
    to === 'uint64' || to === 'int64' ? copierTo64(source, target) : copierOfNumbers(source, target);
  return from.startsWith('int') && to.startsWith('uint') ? refusingNegatives(source, copy) : copy;
}

function copierOfNumbers(source: VoxelArray, target: VoxelArray): RunCopier {
  const from = source as Float64Array;
  const to = target as Float64Array;
  return (s, t, length) => {
    to.set(from.subarray(s, s + length), t);
    return -1;
  };
}

function copierTo64(source: VoxelArray, target: VoxelArray): RunCopier {
  if (source instanceof BigUint64Array || source instanceof BigInt64Array) {
    const from = new BigUint64Array(source.buffer, source.byteOffset, source.length);
    const to = new BigUint64Array(target.buffer, target.byteOffset, target.length);
    return (s, t, length) => {
      to.set(from.subarray(s, s + length), t);
      return -1;
    };
  }
  const words = new Uint32Array(target.buffer, target.byteOffset, target.length * 2);
  return (s, t, length) => {
    for (let i = s, w = 2 * t; i < s + length; i++, w += 2) {
      const value = source[i] as number;
      words[w] = value;
      words[w + 1] = value < 0 ? 0xffffffff : 0;
    }
    return -1;
  };
}

function refusingNegatives(source: VoxelArray, copy: RunCopier): RunCopier {
  // The sign is in the top bit of the high word.
  const isWide = source instanceof BigInt64Array;
  const signs = isWide
    ? new Int32Array(source.buffer, source.byteOffset, source.length * 2)
    : (source as Int32Array);
  const [step, offset] = isWide ? [2, 1] : [1, 0];
  return (s, t, length) => {
    for (let i = s; i < s + length; i++) {
      if ((signs[i * step + offset] ?? 0) < 0) return i;
    }
    return copy(s, t, length);
  };
}

/** The error for the negative value at `index` of a block. */
export function negativeVoxel(source: VolumeBlock, index: number): InvalidInputError {
  const [x, y, z] = positionIn(source, index);
  return new InvalidInputError(`the voxel at x ${x}, y ${y}, z ${z} is negative: ${source.data[index]}`, {
    remedy: 'Segment ids must not be negative: replace the negative values, by 0 for background.',
    fields: { x, y, z, value: String(source.data[index]) },
  });
}
