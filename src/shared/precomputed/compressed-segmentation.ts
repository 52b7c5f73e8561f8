/**
 * Encoder and decoder of the `compressed_segmentation` chunk encoding; compressed-segmentation-layout.ts describes
 * the byte layout.
 */
import { BugError } from '../base/errors';
import { product3, type Vec3 } from '../base/vec3';
import { blockTooLarge, malformedChunk, offsetsOverflow } from './compressed-segmentation-errors';
import {
  BLOCK_HEADER_WORDS,
  blockCount,
  chunkFit,
  denseStrides,
  type LabelCounting,
  type SegmentationChunk,
  type VoxelStrides,
  type WordsPerVoxel,
} from './compressed-segmentation-layout';
import { referenceCodec, type SegmentationCodec } from './compressed-segmentation-reference';
import { startWasmCodec } from './compressed-segmentation-wasm';

/** The kernels count the bits of a block in 32 bits. */
const MAX_BLOCK_VOXELS = 2 ** 24;

let codec: SegmentationCodec | undefined;

/** The fastest codec that this thread can run. */
function segmentationCodec(): SegmentationCodec {
  codec ??= startWasmCodec() ?? referenceCodec;
  return codec;
}

/**
 * Encodes one chunk and returns its bytes in a buffer of their own. `voxels` holds `wordsPerVoxel` 32-bit words for
 * each voxel (low word first), x fastest, then y, z, channel. The same labels always give the same bytes, which are
 * those of Neuroglancer's own encoder.
 * @throws UnsupportedError, which says what to choose instead, if the tables exceed the 24-bit offsets or a block has
 *   more than 65,536 labels
 */
export function encodeCompressedSegmentation(
  voxels: Uint32Array,
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
): Uint8Array<ArrayBuffer> {
  const chunk: SegmentationChunk = { shape, channels, blockSize, wordsPerVoxel };
  requireSound(voxels, chunk);
  return encodeStrided(voxels, chunk, denseStrides(chunk));
}

/**
 * Encodes voxels that are a part of a larger block. `voxels` begins with the first of them. If they are in a kernel
 * memory, they are read in place.
 */
export function encodeStrided(
  voxels: Uint32Array,
  chunk: SegmentationChunk,
  strides: VoxelStrides,
): Uint8Array<ArrayBuffer> {
  requireFit(chunk);
  return segmentationCodec().encode(voxels, chunk, strides);
}

/**
 * Does the same as {@link encodeStrided} and also counts the labels of the chunk, which has one channel. That is much
 * faster than going through the voxels a second time. Returns undefined, with nothing counted, if the voxels aren't
 * in a kernel memory or the chunk has more than 8192 labels.
 */
export function encodeAndCount(
  voxels: Uint32Array,
  chunk: SegmentationChunk,
  strides: VoxelStrides,
  counting: LabelCounting,
): Uint8Array<ArrayBuffer> | undefined {
  requireFit(chunk);
  return segmentationCodec().encodeAndCount?.(voxels, chunk, strides, counting);
}

function requireFit(chunk: SegmentationChunk): void {
  const { shape, channels, blockSize, wordsPerVoxel } = chunk;
  if (product3(blockSize) > MAX_BLOCK_VOXELS) throw blockTooLarge(blockSize);
  if (chunkFit(shape, channels, blockSize, wordsPerVoxel) === 'never') throw offsetsOverflow(chunk);
}

/**
 * Decodes a chunk into `out`, which has the layout of the input of {@link encodeCompressedSegmentation}.
 * @throws InvalidInputError if the bytes aren't such a chunk: they are cut off, have offsets that point outside, or
 *   an unknown width. `out` is then partly filled.
 */
export function decodeCompressedSegmentation(
  bytes: Uint8Array,
  shape: Vec3,
  channels: number,
  blockSize: Vec3,
  wordsPerVoxel: WordsPerVoxel,
  out: Uint32Array,
): void {
  const chunk: SegmentationChunk = { shape, channels, blockSize, wordsPerVoxel };
  requireSound(out, chunk);
  const words = wordsOf(bytes);
  requireHeaders(words, chunk);
  segmentationCodec().decode(words, chunk, out);
}

function requireSound(
  voxels: Uint32Array,
  { shape, channels, blockSize, wordsPerVoxel }: SegmentationChunk,
): void {
  const expected = product3(shape) * channels * wordsPerVoxel;
  if (voxels.length !== expected) {
    throw new BugError(`${voxels.length} words of voxels for a chunk of ${expected}`);
  }
  if (product3(blockSize) > MAX_BLOCK_VOXELS) throw blockTooLarge(blockSize);
}

/** Returns the words of a file: a view if its first byte is aligned, otherwise a copy. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  if (bytes.byteLength % 4 !== 0) {
    throw malformedChunk(`its length, ${bytes.byteLength} bytes, is not a multiple of 4`);
  }
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** Requires channels to start within the file and to have all their block headers there. */
function requireHeaders(words: Uint32Array, { shape, channels, blockSize }: SegmentationChunk): void {
  if (words.length < channels) {
    throw malformedChunk(`${words.length} words don't hold the offsets of ${channels} channels`);
  }
  const headers = BLOCK_HEADER_WORDS * blockCount(shape, blockSize);
  for (const [channel, start] of words.subarray(0, channels).entries()) {
    if (start < channels || start + headers > words.length) {
      throw malformedChunk(
        `channel ${channel} starts at word ${start} of ${words.length}, and its block headers take ${headers}`,
      );
    }
  }
}
