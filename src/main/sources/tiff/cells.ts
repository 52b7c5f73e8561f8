import type { Box } from '../../../shared/base/box';
import type { PageLayout } from './tiff-page';

/** A strip or a tile of a slice. */
export interface Cell {
  /** Its place in the page's lists of cells. */
  readonly index: number;
  /** The voxels that it holds; tiles are whole, so they may reach beyond the slice. */
  readonly box: Box;
  /** Its channel; the first one where it holds all. */
  readonly channel: number;
}

/** The cells of a page that meet `box`, which lies in one slice, and hold the channel, where one is wanted. */
export function* cellsIn(layout: PageLayout, box: Box, wanted?: number): Generator<Cell> {
  const { width, height, cellWidth, cellHeight, tiled } = layout;
  const across = Math.ceil(width / cellWidth);
  const down = Math.ceil(height / cellHeight);
  const [z, planes] = [box.min[2], layout.planar ? layout.channels : 1];
  for (let channel = 0; channel < planes; channel++) {
    if (layout.planar && wanted !== undefined && channel !== wanted) continue;
    for (let row = Math.floor(box.min[1] / cellHeight); row * cellHeight < box.max[1]; row++) {
      const bottom = tiled ? (row + 1) * cellHeight : Math.min(height, (row + 1) * cellHeight);
      for (let column = Math.floor(box.min[0] / cellWidth); column * cellWidth < box.max[0]; column++) {
        yield {
          index: (channel * down + row) * across + column,
          box: {
            min: [column * cellWidth, row * cellHeight, z],
            max: [(column + 1) * cellWidth, bottom, z + 1],
          },
          channel,
        };
      }
    }
  }
}
