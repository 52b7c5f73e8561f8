/**
 * The chunks of a scale as they are stored, by any encoding of the precomputed format, to voxels and back.
 * Compression of the bytes (gzip) is not the encoding's business.
 */
import { dataTypeOf, type VoxelArray } from '../../../shared/base/data-type';
import { BugError, InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { decodeChunk, encodeChunk, type ChunkEncoding } from '../../../shared/precomputed/chunk-encoding';
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
 * The bytes of one chunk, in a buffer of their own. `voxels` are of the volume's data type, exactly
 * `shape` × channels of them, x fastest, then y, z, channel.
 * @throws UnsupportedError where the encoding can't hold these voxels, or isn't written
 */
export async function encodeStoredChunk(
  info: VolumeInfo,
  scale: ScaleInfo,
  voxels: VoxelArray,
  shape: Vec3,
): Promise<Uint8Array> {
  const channels = info.num_channels;
  switch (scale.encoding) {
    case 'raw':
    case 'compressed_segmentation':
      return encodeChunk(plainEncoding(info, scale), voxels, shape, channels);
    case 'jpeg':
      return encodeJpegChunk(bytesOf(voxels), shape, channels, scale.jpeg_quality);
    case 'png':
      return encodePngChunk(imageVoxels(voxels), shape, channels, scale.png_level ?? DEFAULT_PNG_LEVEL);
    case 'compresso':
    case 'jxl':
      throw new UnsupportedError(`The encoding ${scale.encoding} is read, but not written.`);
  }
}

/**
 * Fills `out`, laid out as for {@link encodeStoredChunk}, from the bytes of one chunk.
 * @throws InvalidInputError where the bytes are no such chunk; `out` is then undefined
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
    case 'compressed_segmentation':
      decodeChunk(plainEncoding(info, scale), bytes, shape, channels, out);
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

function plainEncoding({ data_type: dataType }: VolumeInfo, scale: ScaleInfo): ChunkEncoding {
  const blockSize = scale.compressed_segmentation_block_size;
  if (scale.encoding === 'raw') return { encoding: 'raw', dataType };
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
