/**
 * Converts between the voxels of a scale's chunks and their stored bytes, for all encodings of the precomputed
 * format. Compression of these bytes (gzip) isn't a part of the encoding.
 */
import { boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels, dataTypeOf, voxelView, type VoxelArray } from '../../../shared/base/data-type';
import { BugError, InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { kernelMemoryOf, scratchOf } from '../../../shared/base/kernel-memory';
import type { Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';
import { copyByKernel } from '../../../shared/kernels/average-kernel';
import { copyBox } from '../../../shared/kernels/copy-box';
import type { LabelStatistics } from '../../../shared/kernels/label-statistics';
import {
  decodeChunk,
  encodeChunk,
  encodeLabelsAndCount,
  encodeLabelsIn,
  type LabelEncoding,
} from '../../../shared/precomputed/chunk-encoding';
import type { ScaleInfo, VolumeInfo } from '../../../shared/precomputed/volume-info';
import { decodeCompressoChunk } from './compresso-chunk';
import {
  decodeJpegChunk,
  decodePngChunk,
  encodeJpegChunk,
  encodePngChunk,
  type ImageVoxels,
} from './image-chunk';
import { decodeJxlChunk } from './jxl-chunk';

const DEFAULT_PNG_LEVEL = 6;

/**
 * Encodes one chunk, the voxels of `box`, which is a part of `block`. Returns the bytes in memory that the next call
 * may use again. The voxels have the volume's data type and all of its channels. If `labels` is given, the chunk's
 * labels are added to it, during the encoding if that is possible.
 *
 * @throws UnsupportedError if the encoding can't hold these voxels, or can only be read
 */
export async function encodeStoredChunk(
  info: VolumeInfo,
  scale: ScaleInfo,
  block: VolumeBlock,
  box: Box,
  labels?: LabelStatistics,
): Promise<Uint8Array> {
  if (labels !== undefined && scale.encoding === 'compressed_segmentation') {
    const encoding = labelEncoding(info, scale);
    const encoded = encodeLabelsAndCount(encoding, block, box, (entries) => {
      labels.addCounts(entries);
    });
    if (encoded !== undefined) return encoded;
  }
  labels?.accumulate(block, box);
  const channels = info.num_channels;
  const shape = boxShape(box);
  switch (scale.encoding) {
    case 'raw':
      return encodeChunk({ encoding: 'raw', dataType: info.data_type }, gather(block, box), shape, channels);
    case 'compressed_segmentation':
      return encodeLabelsIn(labelEncoding(info, scale), block, box);
    case 'jpeg': {
      const voxels = bytesOf(gather(block, box));
      return encodeJpegChunk(voxels, shape, channels, scale.jpeg_quality, roomBehind(voxels));
    }
    case 'png':
      return encodePngChunk(
        imageVoxels(gather(block, box)),
        shape,
        channels,
        scale.png_level ?? DEFAULT_PNG_LEVEL,
      );
    case 'compresso':
    case 'jxl':
      throw new UnsupportedError(`The encoding ${scale.encoding} is read, but not written.`);
  }
}

/**
 * Copies the voxels of a box into one array, x fastest, then y, z, channel. The next call uses the same memory again.
 */
function gather(block: VolumeBlock, box: Box): VoxelArray {
  const data = roomFor(block, boxVolume(box) * block.channels);
  const piece = { box, channels: block.channels, data };
  if (!copyByKernel(block, piece, box)) copyBox(block, piece, box);
  return data;
}

let spare: VoxelArray | undefined;

/**
 * Returns an array in the block's own memory if this thread has enough scratch memory there, otherwise a new one.
 */
function roomFor({ data }: VolumeBlock, length: number): VoxelArray {
  const type = dataTypeOf(data);
  const memory = kernelMemoryOf(data.buffer);
  const scratch = memory && scratchOf(memory);
  if (scratch !== undefined && scratch.start + length * data.BYTES_PER_ELEMENT <= scratch.end) {
    return voxelView(type, data.buffer, scratch.start, length);
  }
  if (spare === undefined || spare.length < length || dataTypeOf(spare) !== type) {
    spare = allocateVoxels(type, length);
  }
  return spare.subarray(0, length);
}

/**
 * Returns the rest of this thread's scratch memory behind gathered voxels, if they are in it. A fresh buffer for each
 * chunk would have to be fetched from the system.
 */
function roomBehind({ buffer, byteOffset, byteLength }: VoxelArray): Uint8Array | undefined {
  const memory = kernelMemoryOf(buffer);
  const scratch = memory && scratchOf(memory);
  const start = byteOffset + byteLength;
  return scratch && new Uint8Array(buffer, start, scratch.end - start);
}

/**
 * Decodes one chunk into `out`, which has the layout that {@link encodeStoredChunk} expects.
 * @throws InvalidInputError if the bytes aren't such a chunk; the content of `out` is then undefined
 */
export async function decodeStoredChunk(
  info: VolumeInfo,
  scale: ScaleInfo,
  bytes: Uint8Array,
  shape: Vec3,
  out: VoxelArray,
): Promise<void> {
  const channels = info.num_channels;
  switch (scale.encoding) {
    case 'raw':
      decodeChunk({ encoding: 'raw', dataType: info.data_type }, bytes, shape, channels, out);
      return;
    case 'compressed_segmentation':
      decodeChunk(labelEncoding(info, scale), bytes, shape, channels, out);
      return;
    case 'jpeg':
      return decodeJpegChunk(bytes, shape, channels, bytesOf(out));
    case 'png':
      return decodePngChunk(bytes, shape, channels, imageVoxels(out));
    case 'compresso':
      return decodeCompressoChunk(bytes, shape, out);
    case 'jxl':
      return decodeJxlChunk(bytes, shape, channels, bytesOf(out));
  }
}

function labelEncoding({ data_type: dataType }: VolumeInfo, scale: ScaleInfo): LabelEncoding {
  const blockSize = scale.compressed_segmentation_block_size;
  if (blockSize === undefined) throw new BugError(`scale ${scale.key} has no block size`);
  return { encoding: 'compressed_segmentation', dataType, blockSize };
}

function bytesOf(voxels: VoxelArray): Uint8Array {
  if (voxels instanceof Uint8Array) return voxels;
  throw wrongType(voxels, 'uint8');
}

function imageVoxels(voxels: VoxelArray): ImageVoxels {
  if (voxels instanceof Uint8Array || voxels instanceof Uint16Array) return voxels;
  throw wrongType(voxels, 'uint8 or uint16');
}

function wrongType(voxels: VoxelArray, held: string): InvalidInputError {
  return new InvalidInputError(`The encoding holds ${held}, and the data type is ${dataTypeOf(voxels)}.`);
}
