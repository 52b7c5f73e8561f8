import { open, root, type Array as ZarrArray, type DataType as ZarrType, type Readable } from 'zarrita';
import { DATA_TYPES, dataTypeOf, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import {
  InvalidInputError,
  isStudioError,
  toStudioError,
  UnsupportedError,
} from '../../../shared/base/errors';
import { voxelCount, type ChunkedArray, type DecodedChunk } from '../array/chunked-source';
import type { Container } from '../containers/container';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import { forZarrita, hasIndexAtStart, holdsHalfFloats } from './zarr-metadata';

/**
 * Adapts a container to zarrita, whose keys begin with `/`.
 * @param indexAtStart whether the index of a shard is at its start; zarrita always reads the index from the last bytes
 * @param separator the separator in the names of chunks, if the metadata doesn't state it
 */
function zarrStore(
  container: Container,
  indexAtStart: boolean,
  separator: '/' | undefined,
): Readable & Required<Pick<Readable, 'getRange'>> {
  return {
    async get(key) {
      const bytes = await container.get(key.slice(1));
      return bytes !== undefined && /\/(zarr\.json|\.zarray)$/.test(key)
        ? forZarrita(bytes, separator)
        : bytes;
    },
    async getRange(key, range) {
      const name = key.slice(1);
      const size = await container.size(name);
      if (size === undefined) return undefined;
      if (!('suffixLength' in range)) {
        const end = range.offset + range.length;
        if (end > size) {
          throw new InvalidInputError(
            `${container.place(name)} is damaged: by its index a chunk ends at byte ${end}, the shard at byte ${size}.`,
            { remedy: COPY_AGAIN },
          );
        }
        return container.getRange(name, range.offset, range.length);
      }
      const length = Math.min(range.suffixLength, size);
      return container.getRange(name, indexAtStart ? 0 : size - length, length);
    },
  };
}

/** Reads one array of a Zarr hierarchy, of version 2 or 3, sharded or not. It is decoded by zarrita. */
export class ZarritaChunks implements ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;

  private constructor(
    private readonly container: Container,
    private readonly path: string,
    private readonly array: ZarrArray<ZarrType>,
    private readonly stored: DataType,
    private readonly isHalf: boolean,
  ) {
    this.dataType = isHalf ? 'float32' : stored;
    this.shape = array.shape;
    this.chunkShape = array.chunks;
  }

  /**
   * Opens an array.
   * @param metadata of the array, which zarrita can read
   * @param separator the separator in the names of chunks, if the metadata doesn't state it
   * @throws InvalidInputError if the metadata is damaged; UnsupportedError if it can't be read
   */
  static async open(
    container: Container,
    path: string,
    version: 2 | 3,
    metadata: unknown,
    separator: '/' | undefined,
  ): Promise<ZarritaChunks> {
    const where = container.place(path);
    const location = root(zarrStore(container, hasIndexAtStart(metadata), separator)).resolve(path);
    const array = await inOurWords(where, 'its metadata is damaged', () =>
      version === 2 ? open.v2(location, { kind: 'array' }) : open.v3(location, { kind: 'array' }),
    );
    const dataType = array.dtype === 'bool' ? 'uint8' : DATA_TYPES.find((type) => type === array.dtype);
    if (dataType === undefined) {
      throw new UnsupportedError(`${where} holds ${array.dtype} values, which are not supported.`, {
        remedy: 'Save it as integers or as float32.',
      });
    }
    const isSound = array.chunks.every((edge) => Number.isInteger(edge) && edge > 0);
    if (!isSound || array.chunks.length !== array.shape.length) {
      throw new InvalidInputError(`${where}: its chunks, ${array.chunks.join(' × ')}, don't fit its shape.`);
    }
    return new ZarritaChunks(container, path, array, dataType, holdsHalfFloats(metadata));
  }

  async readChunk(position: readonly number[]): Promise<DecodedChunk> {
    const where = `${this.container.place(this.path)}, chunk ${position.join('.')}`;
    const chunk = await inOurWords(where, 'it is damaged', () => this.array.getChunk([...position]));
    const data = voxelsOf(chunk.data, this.stored);
    if (data === undefined || data.length < voxelCount(this.chunkShape)) {
      throw new InvalidInputError(`${where} is cut off or damaged.`, { remedy: COPY_AGAIN });
    }
    const voxels = this.isHalf ? widenHalfFloats(data as Uint16Array) : data;
    return { data: voxels, shape: chunk.shape, strides: chunk.stride };
  }

  close(): Promise<void> {
    return this.container.close();
  }
}

const COPY_AGAIN = 'The data is cut off or damaged: copy it again from the original.';

function voxelsOf(data: unknown, dataType: DataType): VoxelArray | undefined {
  if (ArrayBuffer.isView(data)) {
    const voxels = data as VoxelArray;
    return dataTypeOf(voxels) === dataType ? voxels : undefined;
  }
  // The array of booleans of zarrita isn't a typed array.
  return dataType === 'uint8' ? Uint8Array.from(data as Iterable<boolean>, Number) : undefined;
}

/** The message of zarrita for an unknown data type. */
const UNKNOWN_TYPE = /Unknown or unsupported data ?type: (.*)/i;

async function inOurWords<T>(where: string, complaint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isStudioError(error)) throw error;
    const { message } = toStudioError(error);
    const type = UNKNOWN_TYPE.exec(message)?.[1];
    if (type !== undefined) {
      throw new UnsupportedError(`${where} holds ${type} values, which are not supported.`, {
        remedy: 'Save it as integers or as float32.',
        cause: error,
      });
    }
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new InvalidInputError(`${where}: ${complaint} (${message}${cause}).`, {
      remedy: COPY_AGAIN,
      cause: error,
    });
  }
}
