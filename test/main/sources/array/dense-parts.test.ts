import { expect, test } from 'vitest';
import { partsOf, type DenseLayout } from '../../../../src/main/sources/array/dense-parts';
import type { Box } from '../../../../src/shared/base/box';
import type { Vec3 } from '../../../../src/shared/base/vec3';

const SIZE: Vec3 = [61, 47, 53];

/** Returns the layout of two channels of uint32, without an offset. */
function layoutOf(strides: DenseLayout['strides'], size = SIZE): DenseLayout {
  return { dataType: 'uint32', littleEndian: true, offsetBytes: 0, size, channels: 2, strides };
}

/** Returns the number of separate reads that a box takes. */
function readsOf(layout: DenseLayout, box: Box): number {
  return [...partsOf(layout, box, 0, layout.channels)].reduce((sum, { runs }) => sum + runs, 0);
}

test.each<[string, DenseLayout['strides']]>([
  ['zyxc', [2, 122, 122 * 47, 1]],
  ['czyx', [1, 61, 61 * 47, 61 * 47 * 53]],
])('an array of 1.2 MB with the axes %s is read in two pieces of at most 1 MiB', (_, strides) => {
  expect(readsOf(layoutOf(strides), { min: [0, 0, 0], max: SIZE })).toBe(2);
});

test('a row of a box is read without the long rows around it', () => {
  const wide: Vec3 = [100_000, 20, 20];
  const layout = layoutOf([1, 100_000, 2_000_000, 40_000_000], wide);
  const box: Box = { min: [10, 0, 0], max: [20, 3, 2] };
  const parts = [...partsOf(layout, box, 0, 2)];
  expect(parts).toHaveLength(3 * 2 * 2);
  expect(parts.map(({ runVoxels }) => runVoxels)).toEqual(parts.map(() => 10));
});
