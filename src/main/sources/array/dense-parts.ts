import { boxShape, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, type DataType } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import type { Strides } from './strided-voxels';

/** The layout of voxels in a file. There are no gaps between neighbours on the fastest axis. */
export interface DenseLayout {
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  readonly offsetBytes: number;
  readonly size: Vec3;
  readonly channels: number;
  readonly strides: Strides;
}

/** Voxels that are read together: one run of the file, or one run for each x if neighbours in x lie far apart. */
export interface DensePart {
  readonly box: Box;
  readonly firstChannel: number;
  readonly channels: number;
  /** The index of the first voxel in the file. */
  readonly start: number;
  readonly runs: number;
  readonly runVoxels: number;
}

/** The size of a read if the voxels of a row lie together. */
const PIECE_BYTES = 1 << 20;
/** The size of a read for each x if they don't. */
const FAR_PIECE_BYTES = 1 << 18;
/** The number of neighbours in x that are read together if they lie far apart. */
const FAR_COLUMNS = 16;
/** A gap of at most this size is read together with the voxels around it. */
const READ_ALONG_BYTES = 1 << 16;

/** One number for each of x, y, z, channel. */
type Four = [x: number, y: number, z: number, c: number];
type Axis = 0 | 1 | 2 | 3;
const AXES: readonly Axis[] = [0, 1, 2, 3];

function extentsOf({ size, channels }: DenseLayout): Four {
  return [...size, channels];
}

/** Returns the axes x, y, z and channel as 0 to 3, the fastest first. Axes of length 1 have no stride and come last. */
export function axesByStride(layout: DenseLayout): readonly [Axis, Axis, Axis, Axis] {
  const extents = extentsOf(layout);
  const rank = (axis: Axis) => (extents[axis] === 1 ? Infinity : layout.strides[axis]);
  const [a = 0, b = 1, c = 2, d = 3] = [...AXES].sort((i, j) =>
    rank(i) === rank(j) ? i - j : rank(i) - rank(j),
  );
  return [a, b, c, d];
}

/** Reports whether neighbours in x lie far apart, because x is neither of the two fastest axes. */
function isFar(layout: DenseLayout): boolean {
  const [first, second] = axesByStride(layout);
  return first !== 0 && second !== 0 && layout.size[0] > 1;
}

/** Returns the number of neighbours in x that are best read together. */
export function columnsTogether(layout: DenseLayout): number {
  return isFar(layout) ? Math.min(FAR_COLUMNS, layout.size[0]) : 1;
}

/** Returns the most bytes that a part can have. */
export function partBytes(layout: DenseLayout): number {
  return isFar(layout) ? FAR_COLUMNS * FAR_PIECE_BYTES : PIECE_BYTES;
}

/** Yields the parts in which `box` is read, for `channels` channels from `firstChannel` on. */
export function* partsOf(
  layout: DenseLayout,
  box: Box,
  firstChannel: number,
  channels: number,
): Generator<DensePart> {
  const extents: Four = [...boxShape(box), channels];
  const [dx, dy, dz, dc] = edgesOf(layout, extents);
  for (let c = 0; c < extents[3]; c += dc) {
    for (let z = 0; z < extents[2]; z += dz) {
      for (let y = 0; y < extents[1]; y += dy) {
        for (let x = 0; x < extents[0]; x += dx) {
          const shape: Four = [
            Math.min(dx, extents[0] - x),
            Math.min(dy, extents[1] - y),
            Math.min(dz, extents[2] - z),
            Math.min(dc, extents[3] - c),
          ];
          yield partAt(layout, [box.min[0] + x, box.min[1] + y, box.min[2] + z, firstChannel + c], shape);
        }
      }
    }
  }
}

/**
 * Returns the shape of a part. It takes as much as fits along the fastest axis, then along each slower axis while
 * little lies between, and several columns in x if these lie far apart.
 */
function edgesOf(layout: DenseLayout, extents: Four): Four {
  const far = isFar(layout);
  const [first, ...slower] = axesByStride(layout);
  const voxelBytes = bytesPerVoxel(layout.dataType);
  const most = (far ? FAR_PIECE_BYTES : PIECE_BYTES) / voxelBytes;
  const along = (axis: Axis) => {
    const fitting = Math.floor(most / Math.max(1, layout.strides[axis]));
    return Math.max(1, Math.min(fitting, extents[axis]));
  };
  const edges: Four = [1, 1, 1, 1];
  edges[first] = along(first);
  let run = edges[first] * layout.strides[first];
  for (const axis of slower) {
    const gap = layout.strides[axis] - run;
    if (gap * voxelBytes > READ_ALONG_BYTES || (far && axis === 0)) break;
    edges[axis] = along(axis);
    run = edges[axis] * layout.strides[axis];
  }
  if (far) edges[0] = Math.min(FAR_COLUMNS, extents[0]);
  return edges;
}

function partAt(layout: DenseLayout, begin: Four, shape: Four): DensePart {
  const { strides } = layout;
  const far = isFar(layout);
  const inRun = far ? AXES.slice(1) : AXES;
  const [x, y, z, c] = begin;
  return {
    box: { min: [x, y, z], max: [x + shape[0], y + shape[1], z + shape[2]] },
    firstChannel: c,
    channels: shape[3],
    start: AXES.reduce<number>((sum, axis) => sum + begin[axis] * strides[axis], 0),
    runs: far ? shape[0] : 1,
    runVoxels: 1 + inRun.reduce<number>((sum, axis) => sum + (shape[axis] - 1) * strides[axis], 0),
  };
}
