/**
 * Reads N5 datasets. A dataset is a folder whose `attributes.json` has `dimensions` and `blockSize` (x first, the
 * fastest axis), `dataType` and `compression`. Block (i, j, k) is the file `i/j/k`. A missing block counts as zeros,
 * and blocks at the border may be smaller than the others. A block consists of these fields (big endian):
 * - the mode (16 bits): 0, or 1 for a varying length
 * - the number of axes (16 bits)
 * - the size of the block along each axis (32 bits each)
 * - in mode 1, the number of elements (32 bits)
 * - the compressed voxels
 *
 * Source: https://github.com/saalfeldlab/n5#file-system-specification
 */
import { inflateSync } from 'node:zlib';
import { z } from 'zod';
import { bytesPerVoxel, DATA_TYPES, voxelView, type DataType } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError, UnsupportedError } from '../../../shared/base/errors';
import { swapBytes } from '../../base/byte-order';
import { unpackOptions } from '../../places/unpack-options';
import { loadZstd } from '../../places/zstd';
import { packedStrides } from '../array/array-axes';
import { decodeBlosc } from '../array/decode-blosc';
import { decodeBzip2 } from '../../places/bzip2';
import { decodeN5Lz4 } from '../array/decode-lz4';
import { decodeXz } from '../../places/xz';
import { deflatePairs, GZIP } from '../array/deflate-pairs';
import { voxelCount, type ChunkedArray, type DecodedChunk } from '../array/chunked-source';
import type { Container } from '../containers/container';
import type { ChunkRoom } from '../array/chunk-room';
import { highestLabels } from './label-multisets';

const positive = z.array(z.int().min(1)).min(1);

/** The attributes of a dataset. The first versions of N5 have `compressionType` instead of `compression`. */
export const n5DatasetSchema = z.object({
  dimensions: positive,
  blockSize: positive,
  dataType: z.string(),
  compression: z.object({ type: z.string(), useZlib: z.boolean().optional() }).optional(),
  compressionType: z.string().optional(),
  /** Set by Paintera if each voxel has a list of labels. */
  isLabelMultiset: z.boolean().optional().catch(undefined),
});
export type N5Attributes = z.output<typeof n5DatasetSchema>;

const COPY_AGAIN = 'The data is cut off or damaged: copy it again from the original.';

/** The result may be in `room`, if it fills that. */
type Unpack = (
  packed: Uint8Array,
  mostBytes: number,
  sizeBytes: number,
  room?: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

/** Returns the name of a dataset's compression, such as `gzip`, or `raw` if it isn't compressed. */
export function compressionOf({ compression, compressionType }: N5Attributes): string {
  return compression?.type ?? compressionType ?? 'raw';
}

function unpackerOf(attributes: N5Attributes, where: string): Unpack {
  const isZlib = attributes.compression?.useZlib === true;
  switch (compressionOf(attributes)) {
    case 'raw':
      return (packed) => packed;
    case 'gzip':
      return (packed, mostBytes, _, room) =>
        isZlib
          ? inflateSync(packed, unpackOptions(packed, mostBytes))
          : deflatePairs.unpack(GZIP, packed, mostBytes, room);
    case 'blosc':
      return decodeBlosc;
    case 'zstd':
      return async (packed, mostBytes) => (await loadZstd())(packed, mostBytes);
    case 'bzip2':
      return decodeBzip2;
    case 'xz':
      return decodeXz;
    case 'lz4':
      return decodeN5Lz4;
    default:
      throw new UnsupportedError(
        `${where} is compressed with ${compressionOf(attributes)}, which is not supported.`,
        {
          remedy: 'Write it again with gzip, zstd, blosc or raw.',
        },
      );
  }
}

/** Reads one dataset. Its axes are in the order of the file, x first. */
export class N5Chunks implements ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  private readonly unpack: Unpack;
  private readonly isMultiset: boolean;

  /** @param path the folder of the dataset; empty if the container itself is the dataset */
  constructor(
    private readonly container: Container,
    private readonly path: string,
    attributes: N5Attributes,
  ) {
    const { dimensions, blockSize, dataType } = attributes;
    const where = container.place(path);
    this.isMultiset = attributes.isLabelMultiset === true;
    const type = this.isMultiset ? 'uint64' : DATA_TYPES.find((name) => name === dataType);
    if (type === undefined)
      throw new UnsupportedError(`${where} holds ${dataType} values, which are not supported.`);
    if (dimensions.length !== blockSize.length) {
      throw new InvalidInputError(
        `${where} has ${dimensions.length} dimensions and blocks of ${blockSize.length}.`,
      );
    }
    this.shape = dimensions;
    this.chunkShape = blockSize;
    this.dataType = type;
    this.unpack = unpackerOf(attributes, where);
  }

  async readChunk(position: readonly number[], room?: ChunkRoom): Promise<DecodedChunk | undefined> {
    const key = [this.path, ...position].filter((part) => part !== '').join('/');
    const block = await this.container.getRange(key, 0, Infinity, room?.forStored);
    if (block === undefined) return undefined;
    try {
      return await this.decode(block, room?.voxels);
    } catch (error) {
      if (isStudioError(error) && error.remedy !== undefined) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new InvalidInputError(`The block ${this.container.place(key)} is damaged: ${why}.`, {
        remedy: COPY_AGAIN,
        cause: error,
      });
    }
  }

  close(): Promise<void> {
    return this.container.close();
  }

  private async decode(block: Uint8Array, room: Uint8Array | undefined): Promise<DecodedChunk> {
    const view = new DataView(block.buffer, block.byteOffset, block.length);
    const axes = this.shape.length;
    const mode = view.getUint16(0);
    if (mode > 1 || view.getUint16(2) !== axes) throw new InvalidInputError('its header is damaged');
    const shape = this.shape.map((_, i) => view.getUint32(4 + 4 * i));
    if (shape.some((edge, i) => edge > (this.chunkShape[i] ?? 0)))
      throw new InvalidInputError('it is too large');
    const size = bytesPerVoxel(this.dataType);
    const needed = voxelCount(shape) * size;
    const packed = block.subarray(4 + 4 * axes + (mode === 1 ? 4 : 0));
    if (this.isMultiset) {
      const stated = mode === 1 ? view.getUint32(4 + 4 * axes) : voxelCount(shape);
      const data = highestLabels(await this.unpack(packed, stated, stated), voxelCount(shape));
      return { data, shape, strides: packedStrides(shape, 'F') };
    }
    const raw = await this.unpack(packed, voxelCount(this.chunkShape) * size, needed, room);
    if (raw.length < needed) throw new InvalidInputError(`it has ${raw.length} bytes, ${needed} are needed`);
    // A view of a whole buffer, or of the room, shares its memory with nothing else.
    const isOwn = raw.length === needed && (raw.length === raw.buffer.byteLength || raw === room);
    const bytes = isOwn ? raw : new Uint8Array(raw.subarray(0, needed));
    swapBytes(bytes, size);
    const data = voxelView(this.dataType, bytes.buffer, bytes.byteOffset, needed / size);
    return { data, shape, strides: packedStrides(shape, 'F') };
  }
}
