import type { Box, BoxGrid } from './box';
import { vec3 } from './vec3';

/**
 * Returns at most `count` boxes that are scattered over the grid. Their positions follow the three-dimensional golden
 * ratio (the R sequence of M. Roberts), whose points fill the volume evenly for any number of points.
 */
export function scatter(grid: BoxGrid, count: number): Box[] {
  const ratio = 1.2207440846057596;
  const indices = new Set<number>();
  for (let i = 0; i < Math.min(grid.length, count); i++) {
    const [x, y, z] = vec3((axis) => Math.floor(((0.5 + i / ratio ** (axis + 1)) % 1) * grid.counts[axis]));
    indices.add((z * grid.counts[1] + y) * grid.counts[0] + x);
  }
  return [...indices].map((index) => grid.at(index));
}
