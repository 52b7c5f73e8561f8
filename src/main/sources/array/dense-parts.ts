import { boxShape, type Box } from '../../../shared/base/box';
import { bytesPerVoxel, type DataType } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import type { Strides } from './strided-voxels';

/** How voxels lie in a file, one after the other without gaps between neighbours on the fastest axis. */
export interface DenseLayout {
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  readonly offsetBytes: number;
  readonly size: Vec3;
  readonly channels: number;
  readonly strides: Strides;
}

/** Voxels that are read together: one run of the file, or one for each x where these lie far from each other. */
export interface DensePart {
  readonly box: Box;
  readonly firstChannel: number;
  readonly channels: number;
  /** Index of the first voxel in the file. */
  readonly start: number;
  readonly runs: number;
  readonly runVoxels: number;
}

/** Read at once where the voxels of a row lie together. */
const PIECE_BYTES = 1 << 20;
/** Read at once for each x where they don't. */
const FAR_PIECE_BYTES = 1 << 18;
/** Voxels in x that are put together where they lie far from each other. */
const FAR_COLUMNS = 16;
/** Gaps up to this are read along. */
const READ_ALONG_BYTES = 1 << 16;

/** One number for each of x, y, z, channel. */
type Four = [x: number, y: number, z: number, c: number];
type Axis = 0 | 1 | 2 | 3;
const AXES: readonly Axis[] = [0, 1, 2, 3];

function extentsOf({ size, channels }: DenseLayout): Four {
  return [...size, channels];
}

/** Axes x, y, z, channel as 0 to 3, the fastest first; those of length 1 last, as they have no stride. */
export function axesByStride(layout: DenseLayout): readonly [Axis, Axis, Axis, Axis] {
  const extents = extentsOf(layout);
  const rank = (axis: Axis) => (extents[axis] === 1 ? Infinity : layout.strides[axis]);
  const [a = 0, b = 1, c = 2, d = 3] = [...AXES].sort((i, j) =>
    rank(i) === rank(j) ? i - j : rank(i) - rank(j),
  );
  return [a, b, c, d];
}

/** True where neighbours in x are further apart than a plane of the two fastest axes. */
function isFar(layout: DenseLayout): boolean {
  const [first, second] = axesByStride(layout);
  return first !== 0 && second !== 0 && layout.size[0] > 1;
}

/** Neighbours in x that are best read together. */
export function columnsTogether(layout: DenseLayout): number {
  return isFar(layout) ? Math.min(FAR_COLUMNS, layout.size[0]) : 1;
}

/** The most that a part has, in bytes. */
export function partBytes(layout: DenseLayout): number {
  return isFar(layout) ? FAR_COLUMNS * FAR_PIECE_BYTES : PIECE_BYTES;
}

/** The parts that `box` is read by, in `channels` channels from `firstChannel` on. */
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

/** The shape of a part: rows along the fastest axis, as many of the next as fit, and columns that lie far apart. */
function edgesOf(layout: DenseLayout, extents: Four): Four {
  const [first, second] = axesByStride(layout);
  const voxelBytes = bytesPerVoxel(layout.dataType);
  const most = (isFar(layout) ? FAR_PIECE_BYTES : PIECE_BYTES) / voxelBytes;
  const along = (axis: Axis) => {
    const fitting = Math.floor(most / Math.max(1, layout.strides[axis]));
    return Math.max(1, Math.min(fitting, extents[axis]));
  };
  const edges: Four = [1, 1, 1, 1];
  edges[first] = along(first);
  const gap = layout.strides[second] - edges[first] * layout.strides[first];
  if (gap * voxelBytes <= READ_ALONG_BYTES) edges[second] = along(second);
  if (isFar(layout)) edges[0] = Math.min(FAR_COLUMNS, extents[0]);
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
