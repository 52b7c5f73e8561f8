import {
  allocateVoxels,
  bytesPerVoxel,
  voxelView,
  type DataType,
  type VoxelArray,
} from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError, toStudioError } from '../../../shared/base/errors';
import { widenHalfFloats } from '../../../shared/kernels/widen-half-floats';
import { swapBytes } from '../../base/byte-order';
import type { Allocate } from '../../base/regular-file';
import { packedStrides } from '../array/array-axes';
import type { ChunkRoom } from '../array/chunk-room';
import { voxelCount, type ChunkedArray, type DecodedChunk } from '../array/chunked-source';
import type { Container } from '../containers/container';
import { mostUnpackedBytes } from './byte-codecs';
import { indexShape, type ChainedArray, type CodecChain, type StoredType } from './codec-chain';
import { join } from './zarr-hierarchy';

/** Bytes of a file that hold a shard or a chunk. */
interface Span {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

type Shard = Extract<CodecChain['form'], { readonly kind: 'shard' }>;

/** The offset and the length that an index has for a chunk that isn't in the shard. */
const NOT_THERE = 2n ** 64n - 1n;
const MOST_INDEXES = 16;
const COPY_AGAIN = 'The data is cut off or damaged: copy it again from the original.';

/**
 * Reads a Zarr array by its chain of codecs, in shards that lie in shards too, without zarrita. A chunk is the smallest
 * part that can be read alone: a shard whose bytes are packed as a whole is one.
 */
export class ChainedChunks implements ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  private readonly indexes = new Map<string, Promise<VoxelArray>>();

  /**
   * @param fill the value of voxels in chunks that aren't there
   * @param separator the separator in the names of chunks, if the metadata doesn't state it
   */
  constructor(
    private readonly container: Container,
    private readonly path: string,
    private readonly array: ChainedArray,
    private readonly fill: number | bigint,
    private readonly separator: '/' | undefined,
  ) {
    this.shape = array.shape;
    this.chunkShape = unitShape(array.chain, array.fileShape);
    this.dataType = array.storedType === 'float16' ? 'float32' : array.storedType;
  }

  async readChunk(position: readonly number[], room?: ChunkRoom): Promise<DecodedChunk | undefined> {
    const { fileShape, chain, prefix, separator } = this.array;
    const start = position.map((index, axis) => index * (this.chunkShape[axis] ?? 1));
    const indexes = start.map((at, axis) => Math.floor(at / (fileShape[axis] ?? 1)));
    const file = join(this.path, [...prefix, ...indexes].join(separator ?? this.separator ?? '.'));
    try {
      const length = await this.container.size(file);
      const within = start.map((at, axis) => at % (fileShape[axis] ?? 1));
      const chunk =
        length === undefined
          ? undefined
          : await this.readUnit(chain, fileShape, { file, start: 0, length }, within, room);
      return chunk ?? this.filled();
    } catch (error) {
      if (isStudioError(error) && error.remedy !== undefined) throw error;
      const { message } = toStudioError(error);
      throw new InvalidInputError(
        `${this.container.place(this.path)}, chunk ${position.join('.')}: it is damaged (${message}).`,
        { remedy: COPY_AGAIN, cause: error },
      );
    }
  }

  close(): Promise<void> {
    return this.container.close();
  }

  private filled(): DecodedChunk | undefined {
    if (Number(this.fill) === 0) return undefined;
    return { ...this.allocate(this.chunkShape), shape: this.chunkShape };
  }

  /** Returns an array of the fill value. */
  private allocate(shape: readonly number[]): Pick<DecodedChunk, 'data' | 'strides'> {
    const data = allocateVoxels(this.dataType, voxelCount(shape));
    data.fill(this.fill as never);
    return { data, strides: packedStrides(shape, 'C') };
  }

  /** @param within the place of the chunk's first voxel in the array of `shape`, whose bytes are in `span` */
  private async readUnit(
    chain: CodecChain,
    shape: readonly number[],
    span: Span,
    within: readonly number[],
    room: ChunkRoom | undefined,
  ): Promise<DecodedChunk | undefined> {
    const { form, order, unpack } = chain;
    const stored = ordered(shape, order);
    if (form.kind === 'bytes' || unpack.length > 0) {
      const packed = await this.bytesOf(span, room?.forStored);
      const bytes = await this.unpacked(chain, stored, packed, this.array.storedType, room?.voxels);
      // What fills its buffer, or the room, is in nobody else's memory.
      const areOwn = bytes === room?.voxels || bytes.length === bytes.buffer.byteLength;
      return unordered(await this.decode(form, stored, bytes, areOwn), order);
    }
    const at = ordered(within, order);
    const index = await this.indexOf(form, stored, span);
    const place = placeIn(
      form,
      stored,
      index,
      at.map((voxel, axis) => Math.floor(voxel / (form.chunkShape[axis] ?? 1))),
    );
    if (place === undefined) return undefined;
    if (place.start + place.length > span.length) {
      throw new InvalidInputError(
        `${this.container.place(span.file)} is damaged: by its index a chunk ends at byte ${place.start + place.length}, the shard at byte ${span.length}.`,
        { remedy: COPY_AGAIN },
      );
    }
    const inner = { file: span.file, start: span.start + place.start, length: place.length };
    const rest = at.map((voxel, axis) => voxel % (form.chunkShape[axis] ?? 1));
    const chunk = await this.readUnit(form.chunks, form.chunkShape, inner, rest, room);
    return chunk === undefined ? undefined : unordered(chunk, order);
  }

  private async bytesOf({ file, start, length }: Span, allocate?: Allocate): Promise<Uint8Array> {
    const bytes = await this.container.getRange(file, start, length, allocate);
    if (bytes?.length === length) return bytes;
    throw new InvalidInputError('its file became shorter');
  }

  private async unpacked(
    { unpack }: CodecChain,
    shape: readonly number[],
    packed: Uint8Array,
    type: StoredType,
    room?: Uint8Array,
  ): Promise<Uint8Array> {
    let [bytes, free] = [packed, room];
    const most = mostUnpackedBytes(voxelCount(shape) * storedBytes(type));
    for (const { decode } of unpack) {
      bytes = await decode(bytes, most, free);
      // What one codec has left in the room is what the next one unpacks.
      if (bytes === room) free = undefined;
    }
    return bytes;
  }

  /**
   * Decodes an array whose bytes are all in memory.
   * @param areOwn whether nobody else has these bytes, so that they may be changed
   */
  private async decode(
    form: CodecChain['form'],
    shape: readonly number[],
    bytes: Uint8Array,
    areOwn = false,
  ): Promise<DecodedChunk> {
    if (form.kind === 'shard') return this.decodeShard(form, shape, bytes);
    const { storedType } = this.array;
    const type = storedType === 'float16' ? 'uint16' : storedType;
    const voxels = voxelsOf(bytes, type, shape, form.littleEndian, areOwn);
    const data = storedType === 'float16' ? widenHalfFloats(voxels as Uint16Array) : voxels;
    return { data, shape, strides: packedStrides(shape, 'C') };
  }

  private async decodeShard(form: Shard, shape: readonly number[], bytes: Uint8Array): Promise<DecodedChunk> {
    const index = await this.decodeIndex(form, shape, indexBytes(form, shape, bytes));
    const whole = this.allocate(shape);
    const grid = indexShape(shape, form.chunkShape).slice(0, -1);
    for (const position of positionsIn(grid)) {
      const place = placeIn(form, shape, index, position);
      if (place === undefined) continue;
      const packed = bytes.subarray(place.start, place.start + place.length);
      const stored = ordered(form.chunkShape, form.chunks.order);
      const raw = await this.unpacked(form.chunks, stored, packed, this.array.storedType);
      const chunk = unordered(await this.decode(form.chunks.form, stored, raw), form.chunks.order);
      copyChunk(chunk, whole, position);
    }
    return { ...whole, shape };
  }

  private async indexOf(form: Shard, shape: readonly number[], span: Span): Promise<VoxelArray> {
    const key = `${span.file}:${span.start}:${span.length}`;
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.indexes.keys();
    if (this.indexes.size === MOST_INDEXES && oldest !== undefined) this.indexes.delete(oldest);
    const length = indexLength(form, shape);
    if (length > span.length) throw new InvalidInputError('its index is cut off');
    const start = form.isIndexAtStart ? span.start : span.start + span.length - length;
    const index = this.bytesOf({ file: span.file, start, length }).then((bytes) =>
      this.decodeIndex(form, shape, bytes),
    );
    this.indexes.set(key, index);
    return index;
  }

  private async decodeIndex(form: Shard, shape: readonly number[], packed: Uint8Array): Promise<VoxelArray> {
    const own = indexShape(shape, form.chunkShape);
    const bytes = await this.unpacked(form.index, own, packed, 'uint64');
    const isLittle = form.index.form.kind === 'bytes' && form.index.form.littleEndian;
    return voxelsOf(bytes, 'uint64', own, isLittle);
  }
}

/** Returns the shape of the smallest part that can be read alone. */
function unitShape({ form, order, unpack }: CodecChain, shape: readonly number[]): readonly number[] {
  if (form.kind === 'bytes' || unpack.length > 0) return shape;
  return inPlace(unitShape(form.chunks, form.chunkShape), order);
}

function storedBytes(type: StoredType): number {
  return type === 'float16' ? 2 : bytesPerVoxel(type);
}

function ordered(values: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => values[axis] ?? 0);
}

/** Puts values that are in the stored order back into that of the axes. */
function inPlace(values: readonly number[], order: readonly number[]): number[] {
  const result = new Array<number>(order.length).fill(0);
  order.forEach((axis, i) => (result[axis] = values[i] ?? 0));
  return result;
}

function unordered({ data, shape, strides }: DecodedChunk, order: readonly number[]): DecodedChunk {
  return { data, shape: inPlace(shape, order), strides: inPlace(strides, order) };
}

function voxelsOf(
  bytes: Uint8Array,
  type: DataType,
  shape: readonly number[],
  littleEndian: boolean,
  areOwn = false,
): VoxelArray {
  const [size, count] = [bytesPerVoxel(type), voxelCount(shape)];
  if (bytes.length < count * size)
    throw new InvalidInputError(`it has ${bytes.length} bytes, ${count * size} are needed`);
  const needed = bytes.subarray(0, count * size);
  const own = areOwn ? needed : new Uint8Array(needed);
  if (!littleEndian) swapBytes(own, size);
  return voxelView(type, own.buffer, own.byteOffset, count);
}

/** The index is of a fixed size: its only codec of bytes is the checksum. */
function indexLength({ chunkShape, index }: Shard, shape: readonly number[]): number {
  return 8 * voxelCount(indexShape(shape, chunkShape)) + 4 * index.unpack.length;
}

function indexBytes(form: Shard, shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const length = indexLength(form, shape);
  if (length > bytes.length) throw new InvalidInputError('its index is cut off');
  return form.isIndexAtStart ? bytes.subarray(0, length) : bytes.subarray(bytes.length - length);
}

/** Returns where a chunk lies in its shard, or undefined if it isn't there. */
function placeIn(
  { chunkShape, index: { order } }: Shard,
  shape: readonly number[],
  index: VoxelArray,
  position: readonly number[],
): { readonly start: number; readonly length: number } | undefined {
  const own = indexShape(shape, chunkShape);
  const strides = inPlace(packedStrides(ordered(own, order), 'C'), order);
  const at = position.reduce((sum, value, axis) => sum + value * (strides[axis] ?? 0), 0);
  const [start, length] = [index[at], index[at + (strides.at(-1) ?? 1)]];
  if (start === undefined || length === undefined || (start === NOT_THERE && length === NOT_THERE))
    return undefined;
  return { start: Number(start), length: Number(length) };
}

function* positionsIn(grid: readonly number[]): Generator<readonly number[]> {
  const strides = packedStrides(grid, 'C');
  for (let i = 0; i < voxelCount(grid); i++)
    yield grid.map((edge, axis) => Math.floor(i / (strides[axis] ?? 1)) % edge);
}

/** Copies a chunk to its place in the grid of an array. */
function copyChunk(
  chunk: DecodedChunk,
  target: Pick<DecodedChunk, 'data' | 'strides'>,
  position: readonly number[],
): void {
  const start = position.reduce(
    (sum, at, i) => sum + at * (chunk.shape[i] ?? 1) * (target.strides[i] ?? 1),
    0,
  );
  const copyAxis = (axis: number, from: number, to: number): void => {
    if (axis === chunk.shape.length) {
      target.data[to] = chunk.data[from] as never;
      return;
    }
    for (let i = 0; i < (chunk.shape[axis] ?? 0); i++)
      copyAxis(axis + 1, from + i * (chunk.strides[axis] ?? 1), to + i * (target.strides[axis] ?? 1));
  };
  copyAxis(0, 0, start);
}
