import type { VoxelArray } from '../base/data-type';
import { upperWordsOf, wordsOf } from './voxel-words';
import { forEachWindow, type WindowGrid } from './window-grid';

/**
 * The most frequent label of each window, and the lowest in case of a tie, for integers of all types and windows of
 * any size; see `downsample`. Each voxel is searched among the labels that its window has so far, so windows should
 * be small.
 */
export function majorityWindows(
  source: VoxelArray,
  target: VoxelArray,
  grid: WindowGrid,
  ignoreBackground: boolean,
): void {
  const lower = wordsOf(source);
  const upper = upperWordsOf(source);
  const output = wordsOf(target);
  const words = upper === undefined ? 1 : 2;
  const [width, height] = grid.sourceShape;
  const low: number[] = [0];
  const high: number[] = [0];
  const counts: number[] = [0];
  forEachWindow(grid, ({ start, sizeX, sizeY, sizeZ }, targetIndex) => {
    let labels = 0;
    let at = 0;
    for (let z = 0; z < sizeZ; z++) {
      for (let y = 0; y < sizeY; y++) {
        const row = start + (z * height + y) * width;
        for (let i = row; i < row + sizeX; i++) {
          const lo = lower[i * words] ?? 0;
          const hi = upper === undefined ? 0 : (upper[i * 2 + 1] ?? 0);
          if (labels === 0 || low[at] !== lo || high[at] !== hi) {
            at = 0;
            while (at < labels && (low[at] !== lo || high[at] !== hi)) at++;
            if (at === labels) {
              low[at] = lo;
              high[at] = hi;
              counts[at] = 0;
              labels++;
            }
          }
          counts[at] = (counts[at] ?? 0) + 1;
        }
      }
    }
    let best = 0;
    for (let label = 0; label < labels; label++) {
      if (ignoreBackground && low[label] === 0 && high[label] === 0) counts[label] = 0;
      const more = (counts[label] ?? 0) - (counts[best] ?? 0);
      const less = (high[best] ?? 0) - (high[label] ?? 0) || (low[best] ?? 0) - (low[label] ?? 0);
      if (more > 0 || (more === 0 && less > 0)) best = label;
    }
    output[targetIndex * words] = low[best] ?? 0;
    if (upper !== undefined) output[targetIndex * 2 + 1] = high[best] ?? 0;
  });
}
