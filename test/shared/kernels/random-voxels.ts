import {
  bytesPerVoxel,
  dataTypeOf,
  isInteger,
  voxelView,
  type DataType,
  type VoxelArray,
} from '../../../src/shared/base/data-type';
import { randomWords } from '../../random';

/** Ids that share words, that are NaN, infinite, -0 or subnormal as doubles, or that are larger than 2^53 or 2^63. */
const AWKWARD_IDS = [
  0n,
  1n,
  2n,
  0xffffffffn,
  0x100000000n,
  0x100000001n,
  0x1fffffffffffffn,
  0x20000000000001n,
  0x7ff0000000000000n,
  0x7ff0000000000001n,
  0x7ff8000000000000n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0x8000000000000001n,
  0xfff0000000000000n,
  0xfff8000000000000n,
  0xffffffffffffffffn,
];

/**
 * Returns `length` voxels in a view that starts `offset` voxels into its buffer, which can be `shared`. A small
 * number of `labels` leads to ties, and `runs` above 1 to runs of about that length. With 0 labels every bit is
 * random.
 */
export function randomVoxels(
  type: DataType,
  length: number,
  { seed = 1, labels = 4, runs = 1, offset = 1, shared = false } = {},
): VoxelArray {
  const bytes = (length + offset) * bytesPerVoxel(type);
  const voxels = voxelView(
    type,
    shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
    offset * bytesPerVoxel(type),
    length,
  );
  fillRandomly(voxels, { seed, labels, runs });
  return voxels;
}

/** Fills an existing array in the same way. */
export function fillRandomly(voxels: VoxelArray, { seed = 1, labels = 4, runs = 1 } = {}): void {
  const type = dataTypeOf(voxels);
  const data: { [index: number]: number | bigint } = voxels;
  const random = randomWords(seed);
  for (let i = 0; i < voxels.length; i++) {
    const again = i > 0 && random() % runs !== 0;
    data[i] = again ? (data[i - 1] as number | bigint) : randomVoxel(type, random, labels);
  }
}

function randomVoxel(type: DataType, random: () => number, labels: number): number | bigint {
  const word = random();
  if (bytesPerVoxel(type) === 8 && isInteger(type)) {
    if (labels === 0) return (BigInt(word) << 32n) | BigInt(random());
    return AWKWARD_IDS[word % Math.min(labels, AWKWARD_IDS.length)] ?? 0n;
  }
  if (isInteger(type)) return labels === 0 ? word : word % 7 === 0 ? 0 : ~(word % labels);
  return labels === 0 ? word / 65536 - 3000 : (word % labels) / 4;
}

export function bytesOf(voxels: VoxelArray): Buffer {
  return Buffer.from(voxels.buffer as ArrayBuffer, voxels.byteOffset, voxels.byteLength);
}
