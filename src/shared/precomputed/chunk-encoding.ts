/**
 * The chunk encodings of the precomputed format, behind one interface: from an array of voxels to the bytes of a
 * chunk and back. Compression of these bytes (gzip) isn't a part of the encoding.
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

/** How the bytes of a scale's chunks are encoded, according to the `info` file. */
export type ChunkEncoding = { readonly encoding: 'raw'; readonly dataType: DataType } | LabelEncoding;

export interface LabelEncoding {
  readonly encoding: 'compressed_segmentation';
  /** uint32 or uint64. Narrower labels are widened before they are encoded. */
  readonly dataType: DataType;
  /** Size of a compression block in voxels, from `compressed_segmentation_block_size`. */
  readonly blockSize: Vec3;
}

/**
 * Encodes one chunk and returns its bytes; for a raw chunk these are a view of `voxels`, not a copy. `voxels` has the
 * encoding's data type and exactly `shape` × `channels` voxels, x fastest, then y, z, channel.
 *
 * @throws UnsupportedError if the encoding can't hold the data type, or if this chunk's labels don't fit into its
 *   tables (see {@link encodeCompressedSegmentation})
 */
export function encodeChunk(
  encoding: ChunkEncoding,
  voxels: VoxelArray,
  shape: Vec3,
  channels: number,
): Uint8Array {
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
 * Encodes the labels of `box`, which is a part of `block`, as compressed_segmentation. If the block is in a kernel
 * memory, the labels are read in place.
 */
export function encodeLabelsIn(
  encoding: LabelEncoding,
  block: VolumeBlock,
  box: Box,
): Uint8Array<ArrayBuffer> {
  return encodeStrided(...labelsIn(encoding, block, box));
}

/**
 * Does the same as {@link encodeLabelsIn} and also counts the labels: `take` receives each label once (see
 * LabelCounting). Returns undefined, with nothing counted, if that isn't possible ({@link encodeAndCount}) or if the
 * block has several channels.
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
 * Decodes one chunk into `out`, which has the layout that {@link encodeChunk} expects.
 * @throws InvalidInputError if the bytes aren't such a chunk; the content of `out` is then undefined
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

/**
 * The number of 32-bit words of a label in compressed_segmentation.
 * @throws UnsupportedError for data types other than uint32 and uint64
 */
function wordsPerVoxel(dataType: DataType): WordsPerVoxel {
  if (dataType === 'uint32') return 1;
  if (dataType === 'uint64') return 2;
  throw new UnsupportedError(`compressed_segmentation holds uint32 and uint64 labels, not ${dataType}`, {
    remedy: 'Choose the data type uint32 or uint64, or the encoding raw.',
  });
}

/** Returns a view of the labels as 32-bit words, low before high. */
function labelWords(voxels: VoxelArray): Uint32Array {
  return new Uint32Array(voxels.buffer, voxels.byteOffset, voxels.byteLength / 4);
}
