/**
 * A readable implementation of compressed_segmentation in plain TypeScript. Tests compare the fast kernels in
 * assembly/ with it, and it replaces them where WebAssembly can't run. compressed-segmentation-layout.ts describes
 * the byte layout.
 */
import type { Box } from '../base/box';
import { BoxGrid, boxOfShape } from '../base/box';
import { product3, type Vec3 } from '../base/vec3';
import { faultyBlock, offsetsOverflow, tooManyLabels } from './compressed-segmentation-errors';
import {
  BLOCK_HEADER_WORDS,
  MAX_BLOCK_LABELS,
  OFFSET_LIMIT,
  valuesWords,
  valueWidth,
  type LabelCounting,
  type SegmentationChunk,
  type VoxelStrides,
  type WordsPerVoxel,
} from './compressed-segmentation-layout';

/** An implementation of the encoding. Its callers have already checked the chunk as a whole. */
export interface SegmentationCodec {
  /**
   * Returns the file for `voxels`, which begins with the chunk's first voxel and has `wordsPerVoxel` words for each
   * voxel, x fastest, then y, z, channel.
   */
  encode(voxels: Uint32Array, chunk: SegmentationChunk, strides: VoxelStrides): Uint8Array<ArrayBuffer>;
  /** Does the same and also counts the labels. Returns undefined if that isn't possible with these voxels. */
  encodeAndCount?(
    voxels: Uint32Array,
    chunk: SegmentationChunk,
    strides: VoxelStrides,
    counting: LabelCounting,
  ): Uint8Array<ArrayBuffer> | undefined;
  /**
   * Fills `out`, which has the same layout without gaps, from the words of a file. Precondition: the channels' starts
   * and headers are within the file.
   */
  decode(words: Uint32Array, chunk: SegmentationChunk, out: Uint32Array): void;
}

export const referenceCodec: SegmentationCodec = { encode, decode };

function encode(
  voxels: Uint32Array,
  chunk: SegmentationChunk,
  strides: VoxelStrides,
): Uint8Array<ArrayBuffer> {
  const words = Array.from({ length: chunk.channels }, () => 0);
  for (let channel = 0; channel < chunk.channels; channel++) {
    words[channel] = words.length;
    encodeChannel(withoutGaps(voxels.subarray(channel * strides.channel), chunk, strides), chunk, words);
  }
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** Copies the voxels of one channel, without gaps. */
function withoutGaps(
  voxels: Uint32Array,
  chunk: SegmentationChunk,
  { row, slice }: VoxelStrides,
): Uint32Array {
  const [, height, depth] = chunk.shape;
  const rowWords = chunk.shape[0] * chunk.wordsPerVoxel;
  const dense = new Uint32Array(rowWords * height * depth);
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const start = z * slice + y * row;
      dense.set(voxels.subarray(start, start + rowWords), (z * height + y) * rowWords);
    }
  }
  return dense;
}

/** Appends the data of one channel to `words`. */
function encodeChannel(voxels: Uint32Array, chunk: SegmentationChunk, words: number[]): void {
  const { shape, blockSize, wordsPerVoxel } = chunk;
  const start = words.length;
  const blocks = new BoxGrid(boxOfShape(shape), blockSize);
  const tables = new Map<string, number>();
  for (let i = 0; i < BLOCK_HEADER_WORDS * blocks.length; i++) words.push(0);
  for (const [number, block] of [...blocks].entries()) {
    const labels = [...voxelsOf(block, chunk)].map(({ at }) => labelAt(voxels, at, wordsPerVoxel));
    const sorted = [...new Set(labels)].sort((a, b) => (a < b ? -1 : 1));
    if (sorted.length > MAX_BLOCK_LABELS) throw tooManyLabels(blockSize);
    const width = valueWidth(sorted.length);
    const valuesOffset = words.length - start;
    for (const word of packValues(labels, sorted, block, chunk)) words.push(word);
    const table = sorted.flatMap((label) => wordsOfLabel(label, wordsPerVoxel));
    const key = table.join();
    const tableOffset = tables.get(key) ?? words.length - start;
    if (!tables.has(key)) for (const word of table) words.push(word);
    tables.set(key, tableOffset);
    if (tableOffset >= OFFSET_LIMIT || start + valuesOffset >= OFFSET_LIMIT) throw offsetsOverflow(chunk);
    words[start + BLOCK_HEADER_WORDS * number] = tableOffset | (width << 24);
    words[start + BLOCK_HEADER_WORDS * number + 1] = valuesOffset;
  }
}

/** Packs the values of a block into whole words. `labels` has the order of {@link voxelsOf}. */
function packValues(
  labels: readonly bigint[],
  sorted: readonly bigint[],
  block: Box,
  chunk: SegmentationChunk,
): Uint32Array {
  const width = valueWidth(sorted.length);
  const words = new Uint32Array(valuesWords(product3(chunk.blockSize), width));
  const valueOf = new Map(sorted.map((label, value) => [label, value]));
  for (const [i, { position }] of [...voxelsOf(block, chunk)].entries()) {
    const bit = position * width;
    const value = valueOf.get(labels[i] ?? 0n) ?? 0;
    if (width > 0) words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (value << (bit & 31));
  }
  return words;
}

function decode(words: Uint32Array, chunk: SegmentationChunk, out: Uint32Array): void {
  const channelWords = product3(chunk.shape) * chunk.wordsPerVoxel;
  for (let channel = 0; channel < chunk.channels; channel++) {
    const target = out.subarray(channel * channelWords, (channel + 1) * channelWords);
    decodeChannel(words.subarray(words[channel]), chunk, target, channel);
  }
}

function decodeChannel(
  words: Uint32Array,
  chunk: SegmentationChunk,
  out: Uint32Array,
  channel: number,
): void {
  const { shape, blockSize, wordsPerVoxel } = chunk;
  for (const [number, block] of [...new BoxGrid(boxOfShape(shape), blockSize)].entries()) {
    const header = words[BLOCK_HEADER_WORDS * number] ?? 0;
    const valuesOffset = words[BLOCK_HEADER_WORDS * number + 1] ?? 0;
    const width = header >>> 24;
    if (![0, 1, 2, 4, 8, 16, 32].includes(width)) throw faultyBlock(channel, number, 'width');
    if (width > 0 && valuesOffset + valuesWords(product3(blockSize), width) > words.length) {
      throw faultyBlock(channel, number, 'values');
    }
    for (const { at, position } of voxelsOf(block, chunk)) {
      const bit = position * width;
      const word = width === 0 ? 0 : (words[valuesOffset + (bit >>> 5)] ?? 0) >>> (bit & 31);
      const value = width === 32 ? word : word & ((1 << width) - 1);
      const entry = (header & 0xffffff) + value * wordsPerVoxel;
      if (entry + wordsPerVoxel > words.length) throw faultyBlock(channel, number, 'label');
      out.set(words.subarray(entry, entry + wordsPerVoxel), at * wordsPerVoxel);
    }
  }
}

/** Yields the index of each voxel of a block that is in the chunk: in the chunk, and in a full block. */
function* voxelsOf(
  { min, max }: Box,
  { shape, blockSize }: SegmentationChunk,
): Generator<{ readonly at: number; readonly position: number }> {
  for (let z = min[2]; z < max[2]; z++) {
    for (let y = min[1]; y < max[1]; y++) {
      for (let x = min[0]; x < max[0]; x++) {
        yield {
          at: offsetOf([x, y, z], shape),
          position: offsetOf([x - min[0], y - min[1], z - min[2]], blockSize),
        };
      }
    }
  }
}

function offsetOf([x, y, z]: Vec3, shape: Vec3): number {
  return x + shape[0] * (y + shape[1] * z);
}

function labelAt(voxels: Uint32Array, voxel: number, wordsPerVoxel: WordsPerVoxel): bigint {
  const low = BigInt(voxels[voxel * wordsPerVoxel] ?? 0);
  return wordsPerVoxel === 1 ? low : (BigInt(voxels[2 * voxel + 1] ?? 0) << 32n) | low;
}

function wordsOfLabel(label: bigint, wordsPerVoxel: WordsPerVoxel): number[] {
  const low = Number(label & 0xffffffffn);
  return wordsPerVoxel === 1 ? [low] : [low, Number(label >> 32n)];
}
