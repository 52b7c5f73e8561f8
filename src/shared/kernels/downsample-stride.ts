import type { VoxelArray } from '../base/data-type';
import { wordsOf } from './voxel-words';
import { forEachWindow, type WindowGrid } from './window-grid';

/** Copies the first voxel of each window, bit by bit. */
export function strideWindows(source: VoxelArray, target: VoxelArray, grid: WindowGrid): void {
  const from = wordsOf(source);
  const to = wordsOf(target);
  const words = from.length / source.length;
  forEachWindow(grid, (window, targetIndex) => {
    for (let word = 0; word < words; word++) {
      to[targetIndex * words + word] = from[window.start * words + word] ?? 0;
    }
  });
}
