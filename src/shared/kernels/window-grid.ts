import { boxShape, type Box } from '../base/box';
import { multiply3, product3, subtract3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';

/**
 * The locations of a downsampling's windows in the arrays of two blocks. Window (x, y, z), counted from 0, covers the
 * source positions from `first + (x, y, z) · factors` on, with the size of the factors, except those outside of
 * `sourceShape`. Its result goes to position `targetFirst + (x, y, z)` of the target. Positions count from the
 * blocks' first voxels, so `first` is negative if a block begins within a window.
 */
export interface WindowGrid {
  readonly counts: Vec3;
  readonly factors: Vec3;
  readonly first: Vec3;
  readonly targetFirst: Vec3;
  readonly sourceShape: Vec3;
  readonly targetShape: Vec3;
  readonly channels: number;
}

export function windowGrid(
  source: VolumeBlock,
  target: VolumeBlock,
  targetBox: Box,
  factors: Vec3,
): WindowGrid {
  return {
    counts: boxShape(targetBox),
    factors,
    first: subtract3(multiply3(targetBox.min, factors), source.box.min),
    targetFirst: subtract3(targetBox.min, target.box.min),
    sourceShape: boxShape(source.box),
    targetShape: boxShape(target.box),
    channels: source.channels,
  };
}

/** One window: its voxels are at `start + x + y · width + z · width · height` for x, y, z below the sizes. */
export interface SourceWindow {
  start: number;
  sizeX: number;
  sizeY: number;
  sizeZ: number;
}

/**
 * Calls `visit` for each window, clipped to the source, with the index of its result in the target. All calls get the
 * same `window` object.
 */
export function forEachWindow(
  grid: WindowGrid,
  visit: (window: Readonly<SourceWindow>, targetIndex: number) => void,
): void {
  const { counts, factors, first, targetFirst, sourceShape, targetShape, channels } = grid;
  const [width, height, depth] = sourceShape;
  const window: SourceWindow = { start: 0, sizeX: 0, sizeY: 0, sizeZ: 0 };
  for (let channel = 0; channel < channels; channel++) {
    const channelStart = channel * product3(sourceShape);
    const targetChannelStart = channel * product3(targetShape);
    for (let z = 0; z < counts[2]; z++) {
      const beginZ = Math.max(0, first[2] + z * factors[2]);
      window.sizeZ = Math.min(depth, first[2] + (z + 1) * factors[2]) - beginZ;
      for (let y = 0; y < counts[1]; y++) {
        const beginY = Math.max(0, first[1] + y * factors[1]);
        window.sizeY = Math.min(height, first[1] + (y + 1) * factors[1]) - beginY;
        const rowStart = channelStart + (beginZ * height + beginY) * width;
        const targetRowStart =
          targetChannelStart +
          ((targetFirst[2] + z) * targetShape[1] + targetFirst[1] + y) * targetShape[0] +
          targetFirst[0];
        for (let x = 0; x < counts[0]; x++) {
          const beginX = Math.max(0, first[0] + x * factors[0]);
          window.sizeX = Math.min(width, first[0] + (x + 1) * factors[0]) - beginX;
          window.start = rowStart + beginX;
          visit(window, targetRowStart + x);
        }
      }
    }
  }
}
