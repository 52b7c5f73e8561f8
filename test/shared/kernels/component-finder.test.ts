import { describe, expect, test } from 'vitest';
import { boxOfShape, boxShape, boxVolume, type Box } from '../../../src/shared/base/box';
import { allocateVoxels, type DataType } from '../../../src/shared/base/data-type';
import { product3, type Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { componentsIn, type Components } from '../../../src/shared/kernels/component-finder';
import { copyBox } from '../../../src/shared/kernels/copy-box';
import { componentsTwin } from './components-twin';
import { randomVoxels } from './random-voxels';

const CONNECTIVITIES = [6, 18, 26] as const;
const TYPES = ['uint8', 'uint16', 'uint32', 'uint64'] as const;

/** Returns the component number of each voxel, counted from 1. */
function paint({ rows: { runs, starts } }: Components, box: Box): Uint32Array {
  const [width] = boxShape(box);
  const numbers = new Uint32Array(boxVolume(box));
  for (let row = 0; row + 1 < starts.length; row++) {
    for (let run = starts[row] ?? 0; run < (starts[row + 1] ?? 0); run++) {
      const [begin = 0, end = 0, component = 0] = runs.subarray(3 * run, 3 * run + 3);
      numbers.fill(component + 1, row * width + begin, row * width + end);
    }
  }
  return numbers;
}

function partOf(block: VolumeBlock, box: Box, type: DataType): VolumeBlock {
  const part = { box, channels: 1, data: allocateVoxels(type, boxVolume(box)) };
  copyBox(block, part, box);
  return part;
}

describe.each(CONNECTIVITIES)('components by %i neighbours', (connectivity) => {
  test.each(TYPES)('are those that a flood fill finds in %s labels of every density', (type) => {
    for (const [seed, labels, runs] of [
      [1, 2, 1],
      [2, 3, 1],
      [3, 4, 3],
      [4, 17, 4],
      [5, 2, 9],
    ] as const) {
      for (const size of [
        [13, 11, 9],
        [1, 17, 5],
        [33, 1, 3],
        [7, 5, 1],
        [1, 1, 1],
      ] as const satisfies readonly Vec3[]) {
        const data = randomVoxels(type, product3(size), { seed, labels, runs });
        const block = { box: boxOfShape(size), channels: 1, data };
        const found = componentsIn(block, block.box, connectivity);
        expect(paint(found, block.box)).toEqual(componentsTwin(block, connectivity));
      }
    }
  });

  test('of a part of a block have labels, counts and first voxels of that part', () => {
    const outer: Box = { min: [5, -3, 7], max: [25, 15, 18] };
    const box: Box = { min: [7, 0, 8], max: [24, 13, 17] };
    const data = randomVoxels('uint64', boxVolume(outer), { seed: 8, labels: 17, runs: 3 });
    const found = componentsIn({ box: outer, channels: 1, data }, box, connectivity);
    const part = partOf({ box: outer, channels: 1, data }, box, 'uint64');
    const twin = componentsTwin(part, connectivity);
    expect(paint(found, box)).toEqual(twin);
    for (let component = 0; component < found.count; component++) {
      const first = twin.indexOf(component + 1);
      expect(found.firsts[component]).toBe(first);
      expect(found.voxels[component]).toBe(twin.filter((number) => number === component + 1).length);
      const label = (BigInt(found.highs[component] ?? 0) << 32n) | BigInt(found.lows[component] ?? 0);
      expect(label).toBe(part.data[first]);
    }
  });
});

test('a spiral, whose ends meet in the last row, is one component', () => {
  const size: Vec3 = [9, 9, 1];
  const data = new Uint32Array(product3(size));
  for (let ring = 0; ring < 9; ring += 2) {
    for (let i = 0; i < 9; i++) data[ring * 9 + i] = 4;
    if (ring < 8) data[(ring + 1) * 9 + (ring % 4 === 0 ? 8 : 0)] = 4;
  }
  const block = { box: boxOfShape(size), channels: 1, data };
  expect(componentsIn(block, block.box, 6).count).toBe(1);
});
