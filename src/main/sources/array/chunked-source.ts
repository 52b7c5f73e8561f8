import { BoxGrid, boxOfShape, intersectBoxes, isEmptyBox, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, type DataType, type VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { channelBlock, type VolumeBlock } from '../../../shared/base/volume-block';
import { clearBox } from '../../../shared/kernels/clear-box';
import { checkRead } from '../check-read';
import type { SourceHandle, SourceMetadata, VolumeSource } from '../volume-source';
import { stridesOf, type ArrayAxes, type AxisName } from './array-axes';
import { copyStrided } from './strided-voxels';

/** An array that is stored in chunks; positions and shapes by the array's own axes. */
export interface ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly dataType: DataType;
  /** A chunk by its place in the grid of chunks; undefined for one of zeros. */
  readChunk(position: readonly number[]): Promise<DecodedChunk | undefined>;
  close(): Promise<void>;
}

export interface DecodedChunk {
  readonly data: VoxelArray;
  readonly strides: readonly number[];
  /** The chunk's own shape: at the border of the array it may be smaller than the others. */
  readonly shape: readonly number[];
}

/** Shape of the chunks in x, y, z. */
function chunkVoxels(axes: ArrayAxes, chunkShape: readonly number[]): Vec3 {
  return vec3((axis) => chunkEdge(axes, chunkShape, (['x', 'y', 'z'] as const)[axis]));
}

function chunkEdge({ names }: ArrayAxes, chunkShape: readonly number[], name: 'x' | 'y' | 'z' | 'c'): number {
  return names.includes(name) ? (chunkShape[names.indexOf(name)] ?? 1) : 1;
}

/** What a chunk is when it's described: packed, unpacked, and put in order. */
export function chunkMetadata(
  axes: ArrayAxes,
  { chunkShape, dataType }: Pick<ChunkedArray, 'chunkShape' | 'dataType'>,
): Pick<SourceMetadata, 'size' | 'channels' | 'dataType' | 'storageShape' | 'decodeBytes'> {
  const voxels = voxelCount(chunkShape);
  const storageShape = vec3((axis) => Math.min(chunkVoxels(axes, chunkShape)[axis], axes.size[axis]));
  const decodeBytes = 3 * voxels * bytesPerVoxel(dataType) + GATHER_BYTES;
  return { size: axes.size, channels: axes.channels, dataType, storageShape, decodeBytes };
}

/** What copyStrided takes to turn axes around. */
const GATHER_BYTES = 64 ** 3 * 8;

/** A chunked array as a volume. */
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
    const { channels } = this.metadata;
    for (let first = 0; first < channels; first += this.channelsTogether) {
      const count = Math.min(this.channelsTogether, channels - first);
      for (const cell of this.grid.touching(box)) await this.readCell(cell, first, count, box, target);
    }
  }

  close(): Promise<void> {
    return this.array.close();
  }

  private async readCell(cell: Box, firstChannel: number, channels: number, box: Box, target: VolumeBlock) {
    const start: Readonly<Record<string, number>> = {
      x: cell.min[0],
      y: cell.min[1],
      z: cell.min[2],
      c: firstChannel,
    };
    const { names } = this.axes;
    const position = names.map((name, i) => (start[name ?? ''] ?? 0) / (this.array.chunkShape[i] ?? 1));
    const chunk = await this.array.readChunk(position);
    if (chunk === undefined) {
      const part = intersectBoxes(cell, box);
      for (let c = firstChannel; c < firstChannel + channels; c++) clearBox(channelBlock(target, c), part);
      return;
    }
    const short = names.find(
      (name, i) => name !== undefined && (chunk.shape[i] ?? 0) < lengthIn(name, cell, channels),
    );
    if (short !== undefined) {
      throw new InvalidInputError(
        `The chunk ${position.join(', ')} is too short: it has ${chunk.shape.join(' × ')} voxels.`,
        {
          remedy: 'The data is damaged: copy it again from where it came.',
        },
      );
    }
    const strides = stridesOf(names, chunk.strides);
    copyStrided({ data: chunk.data, strides, box: cell, firstChannel, channels }, target, box);
  }
}

/** How much of an axis a cell needs. */
function lengthIn(name: AxisName, { min, max }: Box, channels: number): number {
  if (name === 'c') return channels;
  const axis = (['x', 'y', 'z'] as const).findIndex((other) => other === name);
  return axis < 0 ? 1 : (max[axis] ?? 0) - (min[axis] ?? 0);
}

/** Number of voxels of a shape of any number of axes. */
export function voxelCount(shape: readonly number[]): number {
  return shape.reduce((product, edge) => product * edge, 1);
}
