/**
 * Layout of the `compressed_segmentation` chunk encoding: little-endian 32-bit words.
 *
 *     channels × 1 word    where the channel's data start, in words from the start of the file
 *     per channel:
 *       blocks × 2 words   header of each block, blocks x fastest, then y, z:
 *         word 0           bits 0-23: table offset; bits 24-31: width w of a value: 0, 1, 2, 4, 8, 16 (or 32)
 *         word 1           values offset
 *       then, in any order, what the headers point at (offsets in words from the start of the channel's data):
 *         values           one w-bit index into the block's table per voxel of a full block, x fastest, from
 *                          the low bits of a word upwards, rounded up to whole words; none if w is 0
 *         tables           the block's labels in ascending order, 1 word (uint32) or 2 words (uint64: low, high)
 *                          each; blocks with the same labels share a table
 *
 * A block that extends beyond the chunk keeps the strides and the length of a full block; its voxels outside are 0.
 * Width 32 is legal but never written, because viewers misread it. Viewers keep 24 bits of a values offset counted
 * from the start of the file, so the same limit applies here.
 *
 * Source: github.com/google/neuroglancer, src/sliceview/compressed_segmentation/README.md; the limits come from the
 * reader, decode_common.ts in the same folder.
 */
import type { TakeLabels } from '../base/label-table';
import { ceilDivide3, product3, vec3, type Vec3 } from '../base/vec3';

/** The number of 32-bit words of a label: 1 for uint32, 2 (low, high) for uint64. */
export type WordsPerVoxel = 1 | 2;

/** The parameters that are needed to read or write a chunk. */
export interface SegmentationChunk {
  /** Size in voxels. */
  readonly shape: Vec3;
  readonly channels: number;
  /** Size of a compression block in voxels. */
  readonly blockSize: Vec3;
  readonly wordsPerVoxel: WordsPerVoxel;
}

/**
 * The number of 32-bit words from each row, slice or channel of voxels to the next. If the voxels are a part of a
 * larger block, that is more than a row, slice or channel has.
 */
export interface VoxelStrides {
  readonly row: number;
  readonly slice: number;
  readonly channel: number;
}

/** A request to count the labels of a chunk, which has one channel, while it is encoded. */
export interface LabelCounting {
  /** Position of the chunk's first voxel in the volume. */
  readonly origin: Vec3;
  /** Called once, with each label once. */
  readonly take: TakeLabels;
}

/** The strides of voxels without gaps. */
export function denseStrides({ shape, wordsPerVoxel }: SegmentationChunk): VoxelStrides {
  const row = shape[0] * wordsPerVoxel;
  const slice = shape[1] * row;
  return { row, slice, channel: shape[2] * slice };
}

export const BLOCK_HEADER_WORDS = 2;

/** Table and values offsets are below this many words. */
export const OFFSET_LIMIT = 2 ** 24;

/** The most labels that a block may have: with more, values would take 32 bits. */
export const MAX_BLOCK_LABELS = 2 ** 16;

/** The number of bits of a value that can index a table with `labels` entries. */
export function valueWidth(labels: number): 0 | 1 | 2 | 4 | 8 | 16 | 32 {
  if (labels <= 1) return 0;
  if (labels <= 2) return 1;
  if (labels <= 4) return 2;
  if (labels <= 16) return 4;
  if (labels <= 256) return 8;
  return labels <= MAX_BLOCK_LABELS ? 16 : 32;
}

/** The number of compression blocks, including those that are cut off at the edges. */
export function blockCount(shape: Vec3, blockSize: Vec3): number {
  return product3(ceilDivide3(shape, blockSize));
}

/** The number of words for the values of a block of `voxels` voxels, with `width` bits each. */
export function valuesWords(voxels: number, width: number): number {
  return Math.ceil((voxels * width) / 32);
}

/**
 * Whether a chunk can be written: 'always', with any labels; 'depends', on the labels; 'never', because the block
 * headers alone exceed the limit of the offsets.
 */
export type ChunkFit = 'always' | 'depends' | 'never';

/** Returns whether a chunk of this shape can be written; see {@link ChunkFit}. */
export function chunkFit(
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): ChunkFit {
  const headers = channels * (1 + BLOCK_HEADER_WORDS * blockCount(shape, blockSize));
  if (headers > OFFSET_LIMIT) return 'never';
  const blockLabels =
    Math.min(shape[0], blockSize[0]) * Math.min(shape[1], blockSize[1]) * Math.min(shape[2], blockSize[2]);
  if (blockLabels > MAX_BLOCK_LABELS) return 'depends';
  return worstCaseWords(shape, channels, blockSize, wordsPerVoxel) <= OFFSET_LIMIT ? 'always' : 'depends';
}

/**
 * Returns the largest chunk size that can always be written ({@link chunkFit}) and is at most `wanted`. Axes that are
 * smaller than wanted have whole blocks. All axes have the same limit, so that chunks stay as close to cubes as
 * `wanted` is. Returns `undefined` if not even a single block can always be written.
 */
export function fittingChunkSize(
  wanted: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): Vec3 | undefined {
  const limited = (side: number): Vec3 =>
    vec3((i) =>
      side >= wanted[i]
        ? wanted[i]
        : Math.min(wanted[i], Math.max(1, Math.floor(side / blockSize[i])) * blockSize[i]),
    );
  const fits = (side: number): boolean =>
    chunkFit(limited(side), channels, blockSize, wordsPerVoxel) === 'always';
  let fitting = 1;
  if (!fits(fitting)) return undefined;
  let above = Math.max(...wanted) + 1;
  while (above - fitting > 1) {
    const middle = Math.floor((fitting + above) / 2);
    if (fits(middle)) fitting = middle;
    else above = middle;
  }
  return limited(fitting);
}

/** The number of words of a chunk in which every voxel has a different label. */
function worstCaseWords(
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): number {
  const blockVoxels = blockSize[0] * blockSize[1] * blockSize[2];
  let words = 0;
  for (const z of blockRuns(shape[2], blockSize[2])) {
    for (const y of blockRuns(shape[1], blockSize[1])) {
      for (const x of blockRuns(shape[0], blockSize[0])) {
        const labels = x.length * y.length * z.length;
        const block =
          BLOCK_HEADER_WORDS + valuesWords(blockVoxels, valueWidth(labels)) + labels * wordsPerVoxel;
        words += x.count * y.count * z.count * block;
      }
    }
  }
  return channels * (1 + words);
}

/** The blocks along one axis: the number of blocks of each length in voxels. The last block may be cut off. */
function blockRuns(size: number, blockSize: number): { readonly count: number; readonly length: number }[] {
  const whole = Math.floor(size / blockSize);
  return [
    { count: whole, length: blockSize },
    { count: size % blockSize === 0 ? 0 : 1, length: size % blockSize },
  ].filter((run) => run.count > 0);
}
