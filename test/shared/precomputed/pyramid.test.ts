import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hasRoundedOffsets,
  planPyramid,
  scaleKey,
  type PyramidRequest,
} from '../../../src/shared/precomputed/pyramid';
import { ceilDivide3, equal3, product3, type Vec3 } from '../../../src/shared/base/vec3';
import { integerVectors, realVectors } from '../../arbitrary-vectors';

const BASE: PyramidRequest = {
  size: [512, 512, 256],
  resolutionNm: [16, 16, 40],
  voxelOffset: [0, 0, 0],
  chunkSize: [64, 64, 64],
  factors: 'auto',
  scaleCount: undefined,
};

const AXES = [0, 1, 2] as const;

function plan(request: Partial<PyramidRequest>) {
  return planPyramid({ ...BASE, ...request });
}

function factorsOf(request: Partial<PyramidRequest>): string[] {
  return plan(request)
    .slice(1)
    .map(({ factors }) => factors.join(','));
}

describe('factors that are chosen', () => {
  test.each<[string, Vec3, string[]]>([
    ['isotropic voxels: all axes', [8, 8, 8], ['2,2,2', '2,2,2', '2,2,2']],
    ['slices 2.5 times as thick wait once', [16, 16, 40], ['2,2,1', '2,2,2', '2,2,2', '2,2,2']],
    ['slices 10 times as thick wait three times', [4, 4, 40], ['2,2,1', '2,2,1', '2,2,1', '2,2,2']],
    ['within a factor of √2 counts as equal', [10, 10, 14], ['2,2,2', '2,2,2', '2,2,2']],
    ['beyond it does not', [10, 10, 14.2], ['2,2,1', '2,2,2', '2,2,2', '2,2,2']],
    ['one coarse axis of the slice', [8, 16, 8], ['2,1,2', '2,2,2', '2,2,2', '2,2,2']],
  ])('%s', (_, resolutionNm, expected) => {
    expect(factorsOf({ resolutionNm, size: [1024, 1024, 1024] })).toEqual(expected);
  });

  test('an axis of one voxel holds nothing up', () => {
    expect(factorsOf({ size: [1000, 1000, 1], resolutionNm: [4, 4, 1] })).toEqual([
      '2,2,1',
      '2,2,1',
      '2,2,1',
    ]);
  });

  test('coarse slices that alone are too many come to their turn', () => {
    expect(factorsOf({ size: [100, 100, 1000], resolutionNm: [4, 4, 16] })).toEqual([
      '2,2,1',
      '2,2,1',
      '2,2,2',
    ]);
  });

  test('end where another scale saves nothing, also of a volume that is long and thin', () => {
    expect(plan({ size: [256, 256, 5000], resolutionNm: [8, 8, 8] }).at(-1)?.size).toEqual([16, 16, 313]);
  });

  test.each<Vec3>([
    [1, 1, 1],
    [128, 128, 128],
    [1, 1, 100],
  ])('no coarser scale for a volume of two chunks a side (%i × %i × %i)', (...size) => {
    expect(plan({ size })).toHaveLength(1);
  });

  test('one more voxel takes one more scale', () => {
    expect(plan({ size: [129, 1, 1] }).map(({ size }) => size)).toEqual([
      [129, 1, 1],
      [65, 1, 1],
    ]);
  });
});

describe('factors that are given', () => {
  test('are taken in order, the last again and again', () => {
    expect(
      factorsOf({
        factors: [
          [2, 2, 1],
          [3, 1, 2],
        ],
        scaleCount: 4,
      }),
    ).toEqual(['2,2,1', '3,1,2', '3,1,2']);
  });

  test('end the pyramid where the axes that they shrink fit in two chunks', () => {
    const scales = plan({ factors: [[2, 2, 1]], size: [512, 512, 1000] });
    expect(scales.map(({ size }) => size)).toEqual([
      [512, 512, 1000],
      [256, 256, 1000],
      [128, 128, 1000],
    ]);
  });

  test('that would change nothing end it too', () => {
    expect(plan({ factors: [[2, 2, 1]], size: [1, 1, 1000] })).toHaveLength(1);
    expect(plan({ factors: [[2, 2, 2]], size: [3, 1, 1], scaleCount: 30 })).toHaveLength(3);
  });

  test('leave the resolution of an axis of one voxel as it is', () => {
    const scales = plan({ factors: [[2, 2, 2]], size: [300, 300, 1], scaleCount: 2 });
    expect(scales[1]).toMatchObject({ resolutionNm: [32, 32, 40], size: [150, 150, 1], factors: [2, 2, 1] });
  });

  test('of 1,1,1 are refused', () => {
    expect(() =>
      plan({
        factors: [
          [2, 2, 2],
          [1, 1, 1],
        ],
      }),
    ).toThrow(/1,1,1 make no coarser scale/);
  });
});

describe('any pyramid', () => {
  const factors = integerVectors(1, 64).filter((step) => product3(step) > 1);
  const request: fc.Arbitrary<PyramidRequest> = fc.record({
    size: integerVectors(1, 2 ** 31),
    resolutionNm: realVectors(1e-6, 1e9),
    voxelOffset: integerVectors(-(2 ** 31), 2 ** 31),
    chunkSize: integerVectors(1, 512),
    factors: fc.oneof(fc.constant('auto' as const), fc.array(factors, { minLength: 1, maxLength: 4 })),
    scaleCount: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
  });

  test('is whole, ends, and each scale has a folder of its own', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const scales = planPyramid(asked);
        expect(scales.length).toBeLessThanOrEqual(asked.scaleCount ?? 80);
        expect(new Set(scales.map(({ key }) => key)).size).toBe(scales.length);
        expect(scales[0]).toMatchObject({
          size: asked.size,
          resolutionNm: asked.resolutionNm,
          factors: [1, 1, 1],
        });
        for (const [i, scale] of scales.entries()) {
          expect(scale.key).toMatch(/^\d+(\.\d+)?(_\d+(\.\d+)?){2}$/);
          const before = scales[i - 1];
          if (before === undefined) continue;
          expect(scale.size).toEqual(ceilDivide3(before.size, scale.factors));
          expect(equal3(scale.size, before.size)).toBe(false);
          for (const axis of AXES) {
            expect(scale.resolutionNm[axis]).toBeCloseTo(
              before.resolutionNm[axis] * scale.factors[axis],
              -99,
            );
            expect(scale.voxelOffset[axis]).toBe(Math.floor(before.voxelOffset[axis] / scale.factors[axis]));
          }
        }
      }),
    );
  });

  test('with chosen factors ends within as many chunks as two a side are, and not before', () => {
    const usual = fc.record({
      size: integerVectors(1, 1_000_000),
      resolutionNm: realVectors(1, 1000),
      chunkSize: integerVectors(16, 512),
    });
    fc.assert(
      fc.property(usual, (asked) => {
        const axes = AXES.filter((axis) => asked.size[axis] > 1);
        const fits = plan(asked).map(({ size }) => {
          const chunks = axes.reduce<number>(
            (product, axis) => product * Math.ceil(size[axis] / asked.chunkSize[axis]),
            1,
          );
          return chunks <= 2 ** axes.length;
        });
        expect(fits).toEqual(fits.map((_, i) => i === fits.length - 1));
      }),
    );
  });
});

describe('offsets', () => {
  test('are divided, rounded down, and reported if rounding changed them', () => {
    const scales = plan({ voxelOffset: [1001, -7, 8], scaleCount: 3 });
    expect(scales.map(({ voxelOffset }) => voxelOffset)).toEqual([
      [1001, -7, 8],
      [500, -4, 8],
      [250, -2, 4],
    ]);
    expect(hasRoundedOffsets(scales)).toBe(true);
    expect(hasRoundedOffsets(plan({ voxelOffset: [1000, -8, 2], scaleCount: 3 }))).toBe(false);
  });
});

describe('keys', () => {
  test.each<[Vec3, string]>([
    [[16, 16, 40], '16_16_40'],
    [[0.5, 0.25, 2], '0.5_0.25_2'],
    [[0.1 * 3, 1 / 3, 1e12], '0.3_0.333333333333_1000000000000'],
    [[1e-6, 1.5e-6, 1e20], '0.000001_0.0000015_100000000000000000000'],
  ])('%j is %s', (resolutionNm, key) => {
    expect(scaleKey(resolutionNm)).toBe(key);
  });

  test('of resolutions that binary fractions only come near to stay short', () => {
    expect(
      plan({ resolutionNm: [0.1, 0.1, 0.1], factors: [[3, 3, 3]] }).map(
        ({ resolutionNm }) => resolutionNm[0],
      ),
    ).toEqual([0.1, 0.3, 0.9]);
  });
});
