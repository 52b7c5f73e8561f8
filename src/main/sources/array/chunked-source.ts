import { BoxGrid, boxOfShape, intersectBoxes, isEmptyBox, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { checkRead } from '../check-read';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { stridesOf, type ArrayAxes, type AxisName } from './array-axes';
import { takeChunkRooms, type ChunkRoom } from './chunk-room';
import { deflatePairs } from './deflate-pairs';
import { copyStrided, GATHER_BYTES, type StridedVoxels } from './strided-voxels';

/** An array that is stored in chunks. Positions and shapes are in the order of the array's own axes. */
export interface ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  /**
   * Reads the chunk at a position in the chunk grid. Returns undefined for a chunk of zeros.
   * @param room memory which may be used if that saves a copy
   */
  readChunk(position: readonly number[], room?: ChunkRoom): Promise<DecodedChunk | undefined>;
  close(): Promise<void>;
}

export interface DecodedChunk {
  readonly data: VoxelArray;
  readonly strides: readonly number[];
  /** The chunk's own shape: at the border of the array it may be smaller than the others. */
  readonly shape: readonly number[];
}

/** A chunk in the order of the volume's axes. */
type ChunkVoxels = Pick<StridedVoxels, 'data' | 'strides' | 'box'> & { readonly start: number };

/** Returns the shape of the chunks in x, y, z. */
function chunkVoxels(axes: ArrayAxes, chunkShape: readonly number[]): Vec3 {
  return vec3((axis) => chunkEdge(axes, chunkShape, (['x', 'y', 'z'] as const)[axis]));
}

function chunkEdge({ names }: ArrayAxes, chunkShape: readonly number[], name: AxisName): number {
  return names.includes(name) ? (chunkShape[names.indexOf(name)] ?? 1) : 1;
}

/** Chunks of at most this many bytes are read two at a time, so that they can be unpacked in turns. */
const MOST_PAIRED_BYTES = 1 << 20;

function chunkBytes({ chunkShape, dataType }: Pick<ChunkedArray, 'chunkShape' | 'dataType'>): number {
  return voxelCount(chunkShape) * bytesPerVoxel(dataType);
}

/** Returns how many chunks are read at the same time. */
function chunksAtOnce(array: Pick<ChunkedArray, 'chunkShape' | 'dataType'>): number {
  return chunkBytes(array) > MOST_PAIRED_BYTES ? 1 : 2;
}

/**
 * Returns the metadata that follows from the chunks. A read holds each chunk three times: encoded, decoded and reordered.
 */
export function chunkMetadata(
  axes: ArrayAxes,
  array: Pick<ChunkedArray, 'chunkShape' | 'dataType'>,
): Pick<SourceMetadata, 'size' | 'channels' | 'dataType' | 'storageShape' | 'decodeBytes'> {
  const { chunkShape, dataType } = array;
  const storageShape = vec3((axis) => Math.min(chunkVoxels(axes, chunkShape)[axis], axes.size[axis]));
  const decodeBytes = 3 * chunksAtOnce(array) * chunkBytes(array) + GATHER_BYTES;
  return { size: axes.size, channels: axes.channels, dataType, storageShape, decodeBytes };
}

/** Reads a chunked array as a volume. */
export class ChunkedSource implements VolumeSource {
  private readonly grid: BoxGrid;
  private readonly channelsTogether: number;

  constructor(
    readonly handle: SourceHandle,
    readonly metadata: SourceMetadata,
    private readonly array: ChunkedArray,
    private readonly axes: ArrayAxes,
  ) {
    this.grid = new BoxGrid(boxOfShape(metadata.size), chunkVoxels(axes, array.chunkShape));
    this.channelsTogether = chunkEdge(axes, array.chunkShape, 'c');
  }

  async read(box: Box, target: VolumeBlock): Promise<void> {
    checkRead(this.metadata, box, target);
    if (isEmptyBox(box)) return;
    for (let first = 0; first < this.metadata.channels; first += this.channelsTogether) {
      await this.readUnits(first, box, target, (part, chunk, channels) => {
        if (chunk !== undefined) copyStrided({ ...chunk, firstChannel: first, channels }, target, box);
        else for (let i = 0; i < channels; i++) clearBox(channelBlock(target, first + i), part);
      });
    }
  }

  async readChannel(channel: number, box: Box, target: VolumeBlock): Promise<void> {
    checkRead({ ...this.metadata, channels: 1 }, box, target);
    if (isEmptyBox(box)) return;
    const first = channel - (channel % this.channelsTogether);
    await this.readUnits(first, box, target, (part, chunk) => {
      if (chunk === undefined) return clearBox(target, part);
      const start = chunk.start + (channel - first) * chunk.strides[3];
      copyStrided({ ...chunk, start, firstChannel: 0, channels: 1 }, target, box);
    });
  }

  close(): Promise<void> {
    return this.array.close();
  }

  /**
   * Calls `place` with each chunk that overlaps `box`, for the channels from `firstChannel` on that are stored in the
   * same chunk. They are decoded beside the target where they can be, as they are put in its memory next.
   */
  private async readUnits(
    firstChannel: number,
    box: Box,
    target: VolumeBlock,
    place: (part: Box, chunk: ChunkVoxels | undefined, channels: number) => void,
  ): Promise<void> {
    const channels = Math.min(this.channelsTogether, this.metadata.channels - firstChannel);
    const units = [...this.grid.touching(box)];
    const step = chunksAtOnce(this.array);
    const { rooms, release } = takeChunkRooms(target.data.buffer, step, chunkBytes(this.array));
    try {
      for (let i = 0; i < units.length; i += step) {
        const together = units.slice(i, i + step);
        const reads = together.map((unit, j) =>
          deflatePairs.during(() => this.chunkAt(unit, firstChannel, channels, rooms[j])),
        );
        // An error is thrown only when no read is under way any more.
        await Promise.allSettled(reads);
        const chunks = await Promise.all(reads);
        together.forEach((unit, j) => {
          place(intersectBoxes(unit, box), chunks[j], channels);
        });
      }
    } finally {
      release();
    }
  }

  private async chunkAt(
    unit: Box,
    firstChannel: number,
    channels: number,
    room: ChunkRoom | undefined,
  ): Promise<ChunkVoxels | undefined> {
    const first: Readonly<Record<string, number>> = {
      x: unit.min[0],
      y: unit.min[1],
      z: unit.min[2],
      c: firstChannel,
      t: this.axes.time,
    };
    const { names } = this.axes;
    const position = names.map((name, i) =>
      Math.floor((first[name ?? ''] ?? 0) / (this.array.chunkShape[i] ?? 1)),
    );
    const chunk = await this.array.readChunk(position, room);
    if (chunk === undefined) return undefined;
    // This is the point in time within the chunk.
    const time = this.axes.time % chunkEdge(this.axes, this.array.chunkShape, 't');
    const lengthIn = (name: AxisName) => lengthAlong(name, unit, channels, time);
    const short = names.find((name, i) => name !== undefined && (chunk.shape[i] ?? 0) < lengthIn(name));
    if (short !== undefined) {
      throw new InvalidInputError(
        `The chunk ${position.join(', ')} is too short: it has ${chunk.shape.join(' × ')} voxels.`,
        {
          remedy: 'The data is damaged: copy it again from the original.',
        },
      );
    }
    const start = time * (chunk.strides[names.indexOf('t')] ?? 0);
    return { data: chunk.data, start, strides: stridesOf(names, chunk.strides), box: unit };
  }
}

/** Returns the length along one axis that a chunk must have to cover a unit of the grid. */
function lengthAlong(name: AxisName, { min, max }: Box, channels: number, time: number): number {
  if (name === 'c') return channels;
  if (name === 't') return time + 1;
  const axis = (['x', 'y', 'z'] as const).findIndex((other) => other === name);
  return axis < 0 ? 1 : (max[axis] ?? 0) - (min[axis] ?? 0);
}

/** Returns the number of voxels in a shape with any number of axes. */
export function voxelCount(shape: readonly number[]): number {
  return shape.reduce((product, edge) => product * edge, 1);
}
