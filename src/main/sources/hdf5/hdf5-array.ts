import {
  bytesPerVoxel,
  dataTypeOf,
  voxelView,
  type DataType,
  type VoxelArray,
} from '../../../shared/base/data-type';
import { InvalidInputError, UnsupportedError } from '../../../shared/base/errors';
import { roundNearlyWhole, scaleToFloats } from '../../../shared/kernels/scale-values';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import type { Scaling } from '../volume-source';
import { packedStrides } from '../array/array-axes';
import type { ChunkRoom } from '../array/chunk-room';
import { voxelCount, type ChunkedArray, type DecodedChunk } from '../array/chunked-source';
import type { Hdf5File } from './hdf5-file';
import type { DescribedDataset, StoredBits } from './hdf5-questions';
import { StoredChunks, type StoredLayout } from './stored-chunks';
import { ENUM, hdf5DataType, isHalfFloat, partOfBytes, widenBits, widenLongBits } from './hdf5-types';

/**
 * The size of a piece. Several small chunks are read together as one piece, and arrays without chunks are cut into
 * pieces.
 */
const PIECE_BYTES = 1 << 20;
/** The largest chunk that fits into the memory of the library, packed and unpacked. */
const MOST_CHUNK_BYTES = 2 ** 30;

/** The filters that are built into the library: Deflate, shuffle, Fletcher32, szip, n-bit, and scale-offset. */
const OWN_FILTERS = [1, 2, 3, 4, 5, 6];
/** The filters of its plugins: bzip2, LZF, Blosc, LZ4, bitshuffle, ZFP, Zstandard, Blosc2. */
const PLUGIN_FILTERS = [307, 32000, 32001, 32004, 32008, 32013, 32015, 32026];
const FILTERS = new Set([...OWN_FILTERS, ...PLUGIN_FILTERS]);

/**
 * Describes an array, as JSON: one dataset, or one dataset for each channel. In that case the channel is the first
 * axis.
 */
export interface Hdf5Layout {
  readonly datasets: readonly string[];
  readonly hasChannels: boolean;
  /** The shape of the volume in each dataset. It is smaller than the dataset if the rest is padding. */
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  /** How chunks are read without the library, or null. */
  readonly stored: StoredLayout | null;
  readonly bits: StoredBits | null;
  /** If true, half floats are stored, and the voxels are float32. */
  readonly isHalf: boolean;
  /** One scaling for each index along the first axis of a dataset, or null. With scalings, the voxels are float32. */
  readonly sliceScalings: readonly Scaling[] | null;
  /** If true, scaled values that are nearly whole are rounded, because the stored numbers were rounded too. */
  readonly areLabels: boolean;
}

/**
 * Returns how to read datasets that have the same shape.
 * @param shape the shape of the volume in them; both begin at the same corner
 * @param dataType the data type of the voxels, which must be as wide as the stored type
 * @throws UnsupportedError if they can't be read; InvalidInputError if they are smaller than `shape`
 */
export function layoutOf(
  file: Hdf5File,
  described: DescribedDataset,
  {
    datasets = [described.path],
    hasChannels = false,
    shape = described.shape ?? [],
    dataType = hdf5DataType(described),
    stored = null,
    sliceScalings = null,
    areLabels = false,
  }: Partial<Hdf5Layout> = {},
): Hdf5Layout {
  const where = `${file.path}, ${described.path}`;
  if (dataType === undefined || described.shape === null) {
    throw new UnsupportedError(`${where} holds numbers of a type that is not supported.`, {
      remedy: 'Choose another dataset.',
    });
  }
  checkOrder(described, where);
  checkFilters(described, where);
  checkSize(shape, described.shape, where);
  const voxelBytes = bytesPerVoxel(dataType);
  const { chunks } = described;
  if (chunks !== null && voxelCount(chunks) * voxelBytes > MOST_CHUNK_BYTES) {
    throw new UnsupportedError(`${where} has chunks of ${chunks.join(' × ')} voxels, which are too large.`, {
      remedy: 'Write it again in chunks of about a million voxels.',
    });
  }
  const piece =
    stored?.chunkShape ?? pieceShape(shape, chunks ?? shape.map(() => 1), PIECE_BYTES / voxelBytes);
  return {
    datasets,
    hasChannels,
    shape: hasChannels ? [datasets.length, ...shape] : shape,
    chunkShape: hasChannels ? [1, ...piece] : piece,
    dataType,
    stored,
    bits: partOfBytes(described),
    isHalf: isHalfFloat(described),
    sliceScalings,
    areLabels,
  };
}

/**
 * Reads an array of one or several datasets, chunked or not. The library decompresses what isn't read without it, and
 * complains about what is damaged.
 */
export class Hdf5Chunks implements ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  private readonly chunks: StoredChunks | undefined;

  constructor(
    private readonly file: Hdf5File,
    private readonly layout: Hdf5Layout,
  ) {
    this.shape = layout.shape;
    this.chunkShape = layout.chunkShape;
    this.dataType = layout.sliceScalings === null ? layout.dataType : 'float32';
    this.chunks = layout.stored === null ? undefined : new StoredChunks(file.ref, layout.stored);
  }

  async readChunk(position: readonly number[], room?: ChunkRoom): Promise<DecodedChunk> {
    return (await this.storedChunk(position, room)) ?? this.libraryChunk(position);
  }

  /** Reads a chunk without the library. It is whole, even at the border of the array. */
  private async storedChunk(
    position: readonly number[],
    room: ChunkRoom | undefined,
  ): Promise<DecodedChunk | undefined> {
    const { hasChannels, isHalf, dataType } = this.layout;
    const start = position.map((place, i) => place * (this.chunkShape[i] ?? 1));
    const own = hasChannels ? start.slice(1) : start;
    const bytes = await this.chunks?.read(hasChannels ? (position[0] ?? 0) : 0, own, room);
    if (bytes === undefined) return undefined;
    const stored = isHalf ? 'uint16' : dataType;
    const count = bytes.length / bytesPerVoxel(stored);
    const data = voxelView(stored, bytes.buffer, bytes.byteOffset, count);
    const edges = hasChannels ? this.chunkShape.slice(1) : this.chunkShape;
    return this.decoded(
      data,
      this.chunkShape,
      own.map((from, i) => [from, from + (edges[i] ?? 1)]),
    );
  }

  private async libraryChunk(position: readonly number[]): Promise<DecodedChunk> {
    const ranges = position.map((place, i): [number, number] => {
      const edge = this.chunkShape[i] ?? 1;
      return [place * edge, Math.min((place + 1) * edge, this.shape[i] ?? 1)];
    });
    const { datasets, hasChannels, isHalf } = this.layout;
    const stored = isHalf ? 'uint16' : this.layout.dataType;
    const dataset = datasets[hasChannels ? (position[0] ?? 0) : 0] ?? '';
    const own = hasChannels ? ranges.slice(1) : ranges;
    const shape = ranges.map(([from, to]) => to - from);
    const voxels = voxelCount(shape);
    const values = await this.file.read(dataset, own, voxels * bytesPerVoxel(stored));
    const data = ArrayBuffer.isView(values) && values.length === voxels ? asType(values, stored) : undefined;
    if (data === undefined) {
      const place = own.map(([from, to]) => `${from} to ${to}`).join(', ');
      throw new InvalidInputError(
        `${this.file.path}, ${dataset}, voxels ${place} can't be read as ${this.dataType}.`,
      );
    }
    return this.decoded(data, shape, own);
  }

  async close(): Promise<void> {
    await this.chunks?.close();
    await this.file.close();
  }

  /** Returns the values of what is stored in the `ranges` of a dataset. */
  private decoded(
    data: VoxelArray,
    shape: readonly number[],
    ranges: readonly (readonly [from: number, to: number])[],
  ): DecodedChunk {
    const { bits, isHalf } = this.layout;
    if (bits !== null) widen(data, bits);
    const numbers = isHalf ? widenHalfFloats(data as Uint16Array) : data;
    return { data: this.scaled(numbers, ranges), shape, strides: packedStrides(shape, 'C') };
  }

  private scaled(data: VoxelArray, ranges: readonly (readonly [from: number, to: number])[]): VoxelArray {
    const { sliceScalings } = this.layout;
    const [[from, to] = [0, 1]] = ranges;
    if (sliceScalings === null) return data;
    const output = new Float32Array(data.length);
    const slice = data.length / (to - from);
    for (let i = from; i < to; i++) {
      const { slope, intercept } = sliceScalings[i] ?? { slope: NaN, intercept: NaN };
      const [start, end] = [(i - from) * slice, (i - from + 1) * slice];
      scaleToFloats(data.subarray(start, end), slope, intercept, output.subarray(start, end));
    }
    return this.layout.areLabels ? roundNearlyWhole(output) : output;
  }
}

/** Views the bytes as another type of the same width. Returns undefined if the width differs. */
function asType(values: VoxelArray, dataType: DataType): VoxelArray | undefined {
  if (dataTypeOf(values) === dataType) return values;
  if (values.BYTES_PER_ELEMENT !== bytesPerVoxel(dataType)) return undefined;
  return voxelView(dataType, values.buffer, values.byteOffset, values.length);
}

function widen(data: VoxelArray, bits: StoredBits): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return widenLongBits(data, bits);
  if (data instanceof Float32Array || data instanceof Float64Array) return;
  widenBits(data, bits);
}

/**
 * Checks the order of bytes. The library can't turn the bytes of enumerations round.
 * @throws UnsupportedError for enumerations of big-endian integers
 */
function checkOrder(described: DescribedDataset, where: string): void {
  const { type, size, littleEndian } = described;
  if (type !== ENUM || size === 1 || littleEndian) return;
  throw new UnsupportedError(`${where} holds an enumeration of big-endian integers, which isn't supported.`, {
    remedy: `Save its numbers, in Python (pip install h5py): python3 -c "import h5py; h5py.File('NEW.h5', 'w')['DATASET'] = h5py.File('OLD.h5')['DATASET'][...].astype('${hdf5DataType(described) ?? ''}')".`,
  });
}

/** Blosc's filter. The last of its values names a compressor. Our plugin is built without snappy. */
const BLOSC = 32001;
const SNAPPY = 3;

/** Without the plugins, h5repack leaves out datasets that it can't read. */
const REPACK = `Pack it again by gzip (hdf5-tools, and pip install hdf5plugin): HDF5_PLUGIN_PATH=$(python3 -c "import hdf5plugin; print(hdf5plugin.PLUGIN_PATH)") h5repack -f GZIP=4 OLD.h5 NEW.h5.`;

/** Checks the filters of a dataset. @throws UnsupportedError that names a filter that isn't supported */
function checkFilters({ filters }: DescribedDataset, where: string): void {
  const isSnappy = filters.some(({ id, values }) => id === BLOSC && values[6] === SNAPPY);
  const filter = filters.find(({ id }) => !FILTERS.has(id));
  if (!isSnappy && filter === undefined) return;
  const what = filter === undefined ? "Blosc's snappy" : `the filter ${filter.id} (${filter.name})`;
  throw new UnsupportedError(`${where} is compressed with ${what}, which is not supported.`, {
    remedy: REPACK,
  });
}

/** Checks that a dataset holds the volume. @throws InvalidInputError if it is smaller along an axis, or has other axes */
function checkSize(shape: readonly number[], stored: readonly number[], where: string): void {
  if (shape.length === stored.length && shape.every((length, i) => length <= (stored[i] ?? 0))) return;
  throw new InvalidInputError(
    `${where} has ${stored.join(' × ')} voxels, fewer than the ${shape.join(' × ')} that the file states.`,
    { remedy: 'The file is cut off or damaged: copy it again from the original.' },
  );
}

/** Returns the shape of a piece: as many whole chunks as fit into it, along the last axes first. */
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
