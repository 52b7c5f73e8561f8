import type { VoxelArray } from '../base/data-type';
import { upperWordsOf, wordsOf, type NumberArray } from './voxel-words';
import { forEachWindow, type WindowGrid } from './window-grid';

const TWO_32 = 0x100000000;

/** The mean of each window; see `downsample`. Precondition: windows have less than 2^20 voxels. */
export function averageWindows(source: VoxelArray, target: VoxelArray, grid: WindowGrid): void {
  const upper = upperWordsOf(source);
  if (upper !== undefined) {
    averageOfPairs(wordsOf(source), upper, wordsOf(target), grid);
  } else {
    const isFloat = source instanceof Float32Array || source instanceof Float64Array;
    averageOfNumbers(wordsOf(source), wordsOf(target), grid, isFloat);
  }
}

function averageOfNumbers(
  source: NumberArray,
  target: NumberArray,
  grid: WindowGrid,
  isFloat: boolean,
): void {
  const [width, height] = grid.sourceShape;
  forEachWindow(grid, ({ start, sizeX, sizeY, sizeZ }, targetIndex) => {
    let sum = 0;
    for (let z = 0; z < sizeZ; z++) {
      for (let y = 0; y < sizeY; y++) {
        const row = start + (z * height + y) * width;
        for (let i = row; i < row + sizeX; i++) sum += source[i] ?? 0;
      }
    }
    const mean = sum / (sizeX * sizeY * sizeZ);
    target[targetIndex] = isFloat ? mean : roundHalfToEven(mean);
  });
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** `lower` and `upper` are views of the same words. `upper` is signed if the voxels are. */
function averageOfPairs(
  lower: NumberArray,
  upper: Uint32Array | Int32Array,
  target: NumberArray,
  grid: WindowGrid,
): void {
  const [width, height] = grid.sourceShape;
  forEachWindow(grid, ({ start, sizeX, sizeY, sizeZ }, targetIndex) => {
    let lowSum = 0;
    let highSum = 0;
    for (let z = 0; z < sizeZ; z++) {
      for (let y = 0; y < sizeY; y++) {
        const row = start + (z * height + y) * width;
        for (let i = row; i < row + sizeX; i++) {
          lowSum += lower[2 * i] ?? 0;
          highSum += upper[2 * i + 1] ?? 0;
        }
      }
    }
    const count = sizeX * sizeY * sizeZ;
    let high = Math.floor(highSum / count);
    const rest = (highSum - high * count) * TWO_32 + lowSum;
    const remainder = rest % count;
    let low = (rest - remainder) / count;
    if (2 * remainder > count || (2 * remainder === count && low % 2 !== 0)) low++;
    if (low >= TWO_32) {
      high += Math.floor(low / TWO_32);
      low %= TWO_32;
    }
    target[2 * targetIndex] = low;
    target[2 * targetIndex + 1] = high;
  });
}
