import { expect, test } from 'vitest';
import type { ScaleInfo } from '../../../src/shared/precomputed/volume-info';
import { boundsOf, boxOfCorners, cropOf, partOfScale } from '../../../src/renderer/state/export-region';

const scale: ScaleInfo = {
  key: 's',
  size: [100, 80, 40],
  resolution: [8, 8, 40],
  voxel_offset: [10, 20, 30],
  chunk_sizes: [[64, 64, 64]],
  encoding: 'raw',
};
const coarser: ScaleInfo = {
  ...scale,
  size: [50, 40, 40],
  resolution: [16, 16, 40],
  voxel_offset: [5, 10, 30],
};
const bounds = { min: [10, 20, 30], max: [110, 100, 70] } as const;

test('bounds are in the voxels that the viewer counts', () => {
  expect(boundsOf(scale, [8, 8, 40])).toEqual(bounds);
  expect(boundsOf(coarser, [8, 8, 40])).toEqual(bounds);
  expect(boundsOf(scale, [4, 4, 4])).toEqual({ min: [20, 40, 300], max: [220, 200, 700] });
});

test('corners hold the voxels in which they lie, and all slices of a section', () => {
  expect(boxOfCorners([60.5, 30.9, 50.5], [20.2, 90.1, 50.5], bounds)).toEqual({
    min: [20, 30, 30],
    max: [61, 91, 70],
  });
  expect(boxOfCorners([-50, 0, 40.5], [500, 500, 41.5], bounds)).toEqual({
    min: [10, 20, 40],
    max: [110, 100, 42],
  });
});

test('a region covers voxels of each scale, counted from 0', () => {
  const region = { min: [21, 30, 30], max: [61, 91, 70] } as const;
  const part = partOfScale(region, [8, 8, 40], scale);
  expect(part).toEqual({ min: [11, 10, 0], max: [51, 71, 40] });
  expect(cropOf(part, scale)).toBe('11:51,10:71,0:40');
  // Voxels of twice the length belong to the part if the region covers half of them.
  expect(partOfScale(region, [8, 8, 40], coarser)).toEqual({ min: [5, 5, 0], max: [26, 36, 40] });
  expect(cropOf(partOfScale(bounds, [8, 8, 40], coarser), coarser)).toBeUndefined();
});

test('a region that goes backwards holds nothing', () => {
  const { min, max } = partOfScale({ min: [60, 0, 0], max: [20, 90, 90] }, [8, 8, 40], scale);
  expect(max[0]).toBeLessThan(min[0]);
});
