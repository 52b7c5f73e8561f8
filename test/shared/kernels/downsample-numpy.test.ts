import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allocateVoxels, type DataType, type VoxelArray } from '../../../src/shared/base/data-type';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { downsample, type DownsampleMethod } from '../../../src/shared/kernels/downsample';

/** A case as written by test/fixtures/downsample/make-fixtures.py. */
interface NumpyCase {
  readonly method: DownsampleMethod;
  readonly dataType: DataType;
  readonly shape: Vec3;
  readonly factors: Vec3;
  readonly ignoreBackground: boolean;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const fixtures = new URL('../../fixtures/downsample/numpy.json', import.meta.url);
const cases = JSON.parse(readFileSync(fixtures, 'utf8')) as NumpyCase[];

function voxelsOf(type: DataType, texts: readonly string[]): VoxelArray {
  const voxels = allocateVoxels(type, texts.length);
  const data: { [index: number]: number | bigint } = voxels;
  for (const [i, text] of texts.entries()) data[i] = type.endsWith('int64') ? BigInt(text) : Number(text);
  return voxels;
}

describe('downsampling as numpy does', () => {
  it.each(cases)(
    '$method of $dataType, $shape by $factors, ignoring background: $ignoreBackground',
    ({ method, dataType, shape, factors, ignoreBackground, input, output }) => {
      const expected = voxelsOf(dataType, output);
      const result = allocateVoxels(dataType, output.length);
      downsample(method, voxelsOf(dataType, input), shape, 1, factors, result, { ignoreBackground });
      if (result instanceof Float64Array) {
        // numpy adds in a different order.
        for (const [i, mean] of result.entries()) expect(mean).toBeCloseTo(Number(expected[i]), 9);
      } else {
        expect(result).toEqual(expected);
      }
    },
  );
});
