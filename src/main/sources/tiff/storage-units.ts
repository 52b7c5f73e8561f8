import type { Box } from '../../../shared/base/box';
import type { PageLayout } from './tiff-page';

/** A strip or a tile of a slice. */
export interface StorageUnit {
  /** Its index in the page's lists of units. */
  readonly index: number;
  /** The voxels that it holds. Tiles always have their full size, so they may extend beyond the slice. */
  readonly box: Box;
  /** Its channel; 0 if it holds all channels. */
  readonly channel: number;
}

/**
 * Yields the units of a page that overlap `box`, which must be inside one slice. If `wanted` is given, only units that
 * hold this channel are included.
 */
export function* unitsIn(layout: PageLayout, box: Box, wanted?: number): Generator<StorageUnit> {
  const { width, height, unitWidth, unitHeight, tiled } = layout;
  const across = Math.ceil(width / unitWidth);
  const down = Math.ceil(height / unitHeight);
  const [z, planes] = [box.min[2], layout.planar ? layout.channels : 1];
  for (let channel = 0; channel < planes; channel++) {
    if (layout.planar && wanted !== undefined && channel !== wanted) continue;
    for (let row = Math.floor(box.min[1] / unitHeight); row * unitHeight < box.max[1]; row++) {
      const bottom = tiled ? (row + 1) * unitHeight : Math.min(height, (row + 1) * unitHeight);
      for (let column = Math.floor(box.min[0] / unitWidth); column * unitWidth < box.max[0]; column++) {
        yield {
          index: (channel * down + row) * across + column,
          box: {
            min: [column * unitWidth, row * unitHeight, z],
            max: [(column + 1) * unitWidth, bottom, z + 1],
          },
          channel,
        };
      }
    }
  }
}
