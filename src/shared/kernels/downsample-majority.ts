import type { VoxelArray } from '../base/data-type';
import { wordPairs, type NumberArray } from './voxel-words';
import { forEachWindow, type WindowGrid } from './window-grid';

/** The most frequent label of each window, ties to the lowest; see `downsample`. Precondition: integers. */
export function majorityWindows(
  source: VoxelArray,
  target: VoxelArray,
  grid: WindowGrid,
  ignoreBackground: boolean,
): void {
  if (source instanceof BigUint64Array || source instanceof BigInt64Array) {
    const signed = source instanceof BigInt64Array;
    majorityOfPairs(
      wordPairs(source),
      wordPairs(target as BigUint64Array | BigInt64Array),
      grid,
      ignoreBackground,
      signed,
    );
  } else {
    majorityOfNumbers(source, target as NumberArray, grid, ignoreBackground);
  }
}

function majorityOfNumbers(
  source: NumberArray,
  target: NumberArray,
  grid: WindowGrid,
  ignoreBackground: boolean,
): void {
  const [width, height] = grid.sourceShape;
  const counts = new Map<number, number>();
  forEachWindow(grid, ({ start, sizeX, sizeY, sizeZ }, targetIndex) => {
    counts.clear();
    for (let z = 0; z < sizeZ; z++) {
      for (let y = 0; y < sizeY; y++) {
        const row = start + (z * height + y) * width;
        for (let i = row; i < row + sizeX; i++) {
          const label = source[i] ?? 0;
          if (label !== 0 || !ignoreBackground) counts.set(label, (counts.get(label) ?? 0) + 1);
        }
      }
    }
    let best = 0;
    let bestCount = 0;
    for (const [label, count] of counts) {
      if (count > bestCount || (count === bestCount && label < best)) {
        best = label;
        bestCount = count;
      }
    }
    target[targetIndex] = best;
  });
}

function majorityOfPairs(
  source: Uint32Array,
  target: Uint32Array,
  grid: WindowGrid,
  ignoreBackground: boolean,
  signed: boolean,
): void {
  const [width, height] = grid.sourceShape;
  const signBit = signed ? 0x80000000 : 0;
  const low: number[] = [];
  const high: number[] = [];
  const counts: number[] = [];
  forEachWindow(grid, ({ start, sizeX, sizeY, sizeZ }, targetIndex) => {
    let labels = 0;
    for (let z = 0; z < sizeZ; z++) {
      for (let y = 0; y < sizeY; y++) {
        const row = start + (z * height + y) * width;
        for (let i = row; i < row + sizeX; i++) {
          const lo = source[2 * i] ?? 0;
          const hi = source[2 * i + 1] ?? 0;
          if (ignoreBackground && lo === 0 && hi === 0) continue;
          let at = 0;
          while (at < labels && (low[at] !== lo || high[at] !== hi)) at++;
          if (at === labels) {
            low[at] = lo;
            high[at] = hi;
            counts[at] = 0;
            labels++;
          }
          counts[at] = (counts[at] ?? 0) + 1;
        }
      }
    }
    let bestLow = 0;
    let bestHigh = 0;
    let bestCount = 0;
    for (let at = 0; at < labels; at++) {
      const lo = low[at] ?? 0;
      const hi = high[at] ?? 0;
      const count = counts[at] ?? 0;
      const order = ((hi ^ signBit) >>> 0) - ((bestHigh ^ signBit) >>> 0) || lo - bestLow;
      if (count > bestCount || (count === bestCount && order < 0)) {
        bestLow = lo;
        bestHigh = hi;
        bestCount = count;
      }
    }
    target[2 * targetIndex] = bestLow;
    target[2 * targetIndex + 1] = bestHigh;
  });
}
