/**
 * One door to the chunk encodings of the precomputed format: an array of voxels to the bytes of a chunk and
 * back. Compression of the bytes (gzip) is not the encoding's business.
 */
import { boxShape, containsBox, formatBox, type Box } from '../base/box';
import { dataTypeOf, type DataType, type VoxelArray } from '../base/data-type';
import { BugError, UnsupportedError } from '../base/errors';
import { subtract3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import {
  decodeCompressedSegmentation,
  encodeAndCount,
  encodeCompressedSegmentation,
  encodeStrided,
} from './compressed-segmentation';
import type {
  LabelCounting,
  SegmentationChunk,
  VoxelStrides,
  WordsPerVoxel,
} from './compressed-segmentation-layout';
import { decodeRaw, encodeRaw } from './raw-encoding';

/** What a scale of the `info` file says about the bytes of its chunks. */
export type ChunkEncoding = { readonly encoding: 'raw'; readonly dataType: DataType } | LabelEncoding;

export interface LabelEncoding {
  readonly encoding: 'compressed_segmentation';
  /** uint32 or uint64; narrower labels are widened before they come here. */
  readonly dataType: DataType;
  /** Size of a compression block in voxels, as `compressed_segmentation_block_size` has it. */
  readonly blockSize: Vec3;
}

/**
 * The bytes of one chunk, in a buffer of their own. `voxels` are of the encoding's data type, exactly
 * `shape` × `channels` of them, x fastest, then y, z, channel.
 *
 * Throws {@link UnsupportedError} where the encoding can't hold the data type, or this chunk's labels don't fit
 * its tables (see {@link encodeCompressedSegmentation}).
 */
export function encodeChunk(
  encoding: ChunkEncoding,
  voxels: VoxelArray,
  shape: Vec3,
  channels: number,
): Uint8Array<ArrayBuffer> {
  requireType(encoding, voxels);
  switch (encoding.encoding) {
    case 'raw':
      return encodeRaw(voxels, shape, channels);
    case 'compressed_segmentation':
      return encodeCompressedSegmentation(
        labelWords(voxels),
        shape,
        channels,
        encoding.blockSize,
        wordsPerVoxel(encoding.dataType),
      );
  }
}

/**
 * The same of the labels of `box`, a part of `block`, in compressed_segmentation: they are read where they are if that is
 * a kernel memory.
 */
export function encodeLabelsIn(
  encoding: LabelEncoding,
  block: VolumeBlock,
  box: Box,
): Uint8Array<ArrayBuffer> {
  return encodeStrided(...labelsIn(encoding, block, box));
}

/**
 * The same, and the labels counted on the way, each given to `take` once (see LabelCounting). Undefined, with nothing
 * counted, where that can't be done ({@link encodeAndCount}), or the block has several channels.
 */
export function encodeLabelsAndCount(
  encoding: LabelEncoding,
  block: VolumeBlock,
  box: Box,
  take: LabelCounting['take'],
): Uint8Array<ArrayBuffer> | undefined {
  if (block.channels !== 1) return undefined;
  return encodeAndCount(...labelsIn(encoding, block, box), { origin: box.min, take });
}

function labelsIn(
  { dataType, blockSize }: LabelEncoding,
  block: VolumeBlock,
  box: Box,
): [voxels: Uint32Array, chunk: SegmentationChunk, strides: VoxelStrides] {
  if (dataTypeOf(block.data) !== dataType || !containsBox(block.box, box)) {
    throw new BugError(`no ${dataType} labels of ${formatBox(box)} in this block`);
  }
  const words = wordsPerVoxel(dataType);
  const [width, height, depth] = boxShape(block.box);
  const row = width * words;
  const slice = height * row;
  const [x, y, z] = subtract3(box.min, block.box.min);
  return [
    labelWords(block.data).subarray(z * slice + y * row + x * words),
    { shape: boxShape(box), channels: block.channels, blockSize, wordsPerVoxel: words },
    { row, slice, channel: depth * slice },
  ];
}

/**
 * Fills `out`, laid out as for {@link encodeChunk}, from the bytes of one chunk.
 *
 * Throws InvalidInputError where the bytes are no such chunk; `out` is then undefined.
 */
export function decodeChunk(
  encoding: ChunkEncoding,
  bytes: Uint8Array,
  shape: Vec3,
  channels: number,
  out: VoxelArray,
): void {
  requireType(encoding, out);
  switch (encoding.encoding) {
    case 'raw':
      decodeRaw(bytes, shape, channels, out);
      return;
    case 'compressed_segmentation':
      decodeCompressedSegmentation(
        bytes,
        shape,
        channels,
        encoding.blockSize,
        wordsPerVoxel(encoding.dataType),
        labelWords(out),
      );
      return;
  }
}

function requireType(encoding: ChunkEncoding, voxels: VoxelArray): void {
  const type = dataTypeOf(voxels);
  if (type !== encoding.dataType) {
    throw new BugError(`an array of ${type} where the chunk's data type is ${encoding.dataType}`);
  }
}

/** 32-bit words of a label in compressed_segmentation. Throws {@link UnsupportedError} for other data types. */
function wordsPerVoxel(dataType: DataType): WordsPerVoxel {
  if (dataType === 'uint32') return 1;
  if (dataType === 'uint64') return 2;
  throw new UnsupportedError(`compressed_segmentation holds uint32 and uint64 labels, not ${dataType}`, {
    remedy: 'Choose the data type uint32 or uint64, or the encoding raw.',
  });
}

/** The labels as 32-bit words, low before high: a view, not a copy. */
function labelWords(voxels: VoxelArray): Uint32Array {
  return new Uint32Array(voxels.buffer, voxels.byteOffset, voxels.byteLength / 4);
}
