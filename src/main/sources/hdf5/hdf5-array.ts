import type { Dataset } from 'h5wasm/node';
import { bytesPerVoxel, dataTypeOf, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { packedStrides } from '../array/array-axes';
import { voxelCount, type ChunkedArray, type DecodedChunk } from '../array/chunked-source';
import { inOurWords, type Hdf5File } from './hdf5-file';

/** Small chunks are read several at a time, and arrays without chunks in pieces of this size. */
const PIECE_BYTES = 1 << 20;
/** What fits into the memory of the library, packed and unpacked. */
const MOST_CHUNK_BYTES = 2 ** 30;

/** Deflate, shuffle, Fletcher's checksum, szip, n-bit, scale and offset: what the library brings along. */
const OWN_FILTERS = [1, 2, 3, 4, 5, 6];
/** bzip2, LZF, Blosc, LZ4, bitshuffle, ZFP, Zstandard, Blosc2: what its plugins read. */
const PLUGIN_FILTERS = [307, 32000, 32001, 32004, 32008, 32013, 32015, 32026];
const FILTERS = new Set([...OWN_FILTERS, ...PLUGIN_FILTERS]);

const INTEGER = 0;
const FLOAT = 1;
const COMPOUND = 6;
const ENUM = 8;

/** The voxel type of a dataset; undefined for texts, structures and the like. */
export function hdf5DataType({ metadata }: Dataset): DataType | undefined {
  const { type, size, signed } = metadata;
  const bits = 8 * size;
  if (isBoolean(metadata)) return 'uint8';
  const numbers = type === INTEGER || (type === ENUM && metadata.enum_type?.type === INTEGER);
  if (numbers && [8, 16, 32, 64].includes(bits))
    return `${signed ? 'int' : 'uint'}${bits as 8 | 16 | 32 | 64}`;
  if (type === FLOAT && (bits === 32 || bits === 64)) return `float${bits}`;
  return undefined;
}

/** What a dataset holds, for people, where that isn't a voxel type. */
export function hdf5TypeName({ metadata }: Dataset): string {
  const { type, size } = metadata;
  if (type === FLOAT) return `float${8 * size}`;
  return type === COMPOUND ? 'structures, such as complex numbers' : 'no numbers';
}

/** As h5py stores booleans: an enumeration of FALSE and TRUE, of signed bytes. */
function isBoolean({ size, enum_type: names }: Dataset['metadata']): boolean {
  const { FALSE: no, TRUE: yes } = names?.members ?? {};
  return size === 1 && names?.nmembers === 2 && no === 0 && yes === 1;
}

/** A dataset, chunked or not; the library unpacks it. */
export class Hdf5Chunks implements ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  private readonly dataset: Dataset;

  constructor(
    private readonly file: Hdf5File,
    private readonly path: string,
  ) {
    this.dataset = file.dataset(path);
    const where = `${file.path}, ${path}`;
    const dataType = hdf5DataType(this.dataset);
    const { shape, chunks } = this.dataset.metadata;
    if (dataType === undefined || shape === null) {
      throw new UnsupportedError(`${where} holds no numbers that are read.`, {
        remedy: 'Choose another dataset.',
      });
    }
    this.shape = shape;
    this.dataType = dataType;
    const filter = this.dataset.filters.find(({ id }) => !FILTERS.has(id));
    if (filter !== undefined) {
      throw new UnsupportedError(
        `${where} is packed by the filter ${filter.id} (${filter.name}), which isn't read.`,
        {
          remedy: 'Pack it again by gzip: h5repack -f GZIP=4 old.h5 new.h5.',
        },
      );
    }
    const voxelBytes = bytesPerVoxel(dataType);
    if (chunks !== null && voxelCount(chunks) * voxelBytes > MOST_CHUNK_BYTES) {
      throw new UnsupportedError(
        `${where} has chunks of ${chunks.join(' × ')} voxels, which are too large.`,
        {
          remedy: 'Write it again in chunks of about a million voxels.',
        },
      );
    }
    this.chunkShape = pieceShape(shape, chunks ?? shape.map(() => 1), PIECE_BYTES / voxelBytes);
  }

  readChunk(position: readonly number[]): Promise<DecodedChunk> {
    const ranges = position.map((place, i): [number, number] => {
      const edge = this.chunkShape[i] ?? 1;
      return [place * edge, Math.min((place + 1) * edge, this.shape[i] ?? 1)];
    });
    const where = `${this.file.path}, ${this.path}, voxels ${ranges.map(([from, to]) => `${from} to ${to}`).join(', ')}`;
    const shape = ranges.map(([from, to]) => to - from);
    const values = inOurWords(`${where} can't be read`, () => this.dataset.slice(ranges));
    const isSigned = values instanceof Int8Array && this.dataType === 'uint8';
    const data = isSigned
      ? new Uint8Array(values.buffer, values.byteOffset, values.length)
      : (values as VoxelArray);
    if (
      !ArrayBuffer.isView(values) ||
      dataTypeOf(data) !== this.dataType ||
      data.length !== voxelCount(shape)
    ) {
      throw new InvalidInputError(`${where} can't be read as ${this.dataType}.`);
    }
    return Promise.resolve({ data, shape, strides: packedStrides(shape, 'C') });
  }

  close(): Promise<void> {
    this.file.close();
    return Promise.resolve();
  }
}

/** Whole chunks, as many along the last axes as make up a piece. */
function pieceShape(shape: readonly number[], chunks: readonly number[], mostVoxels: number): number[] {
  const piece = [...chunks];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const chunk = chunks[axis] ?? 1;
    const fitting = Math.max(1, Math.floor(mostVoxels / voxelCount(piece)));
    const all = Math.ceil((shape[axis] ?? 1) / chunk);
    piece[axis] = chunk * Math.min(fitting, all);
    if (fitting < all) break;
  }
  return piece;
}
