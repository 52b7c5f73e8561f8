import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels, type VoxelArray } from '../../../../src/shared/base/data-type';
import { equalizeAdaptively } from '../../../../src/shared/kernels/clahe';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture } from '../../../fixtures/voxels';

async function voxelsOf(name: string, options: OpenOptions = {}): Promise<VoxelArray> {
  const source = await openSource(fixture('normalize', name), { kind: 'image', ...options });
  const { size, channels, dataType } = source.metadata;
  const box = boxOfShape(size);
  const data = allocateVoxels(dataType, boxVolume(box) * channels);
  await source.read(box, { box, channels, data });
  await source.close();
  return data;
}

// What scikit-image makes of the same slices; see make-fixtures.py.
describe.each(['u1', 'u2'])('%s', (name) => {
  test.each<[string, OpenOptions]>([
    ['clahe', { normalize: 'clahe', dataType: 'uint16' }],
    ['slices', { normalize: 'slices' }],
    ['smooth', { normalize: 'slices', normalizeSmoothing: 1 }],
  ])('%s gives the values of scikit-image', async (kind, options) => {
    const [own, expected] = [await voxelsOf(`${name}.npy`, options), await voxelsOf(`${name}-${kind}.npy`)];
    const differences = Array.from({ length: own.length }, (_, i) =>
      Math.abs(Number(own[i]) - Number(expected[i])),
    );
    expect(own).toHaveLength(expected.length);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.filter((difference) => difference > 0).length).toBeLessThan(own.length / 1000);
  });
});

describe.each<OpenOptions>([{ normalize: 'clahe' }, { normalize: 'slices' }])(
  'boxes: %o',
  async (options) => {
    testSourceConformance('of u1.npy', {
      path: fixture('normalize', 'u1.npy'),
      options: { kind: 'image', ...options },
      dataType: 'uint8',
      channels: 1,
      content: await voxelsOf('u1.npy', options),
    });
  },
);

test('an image of one value becomes 0, and NaN counts as the smallest value', () => {
  const output = new Uint8Array(4).fill(7);
  equalizeAdaptively(Float32Array.of(3, 3, NaN, 3), [2, 2], 255, output);
  expect([...output]).toEqual([0, 0, 0, 0]);
});

test('the ranges are shown, and the same every time', async () => {
  const open = () => openSource(fixture('normalize', 'u2.npy'), { kind: 'image', normalize: 'slices' });
  const [first, second] = [await open(), await open()];
  expect(new Map(first.metadata.facts).get('normalized')).toMatch(
    /^slice by slice, from \S+…\S+ to \S+, as uint8$/,
  );
  expect(first.metadata.fingerprint).toBe(second.metadata.fingerprint);
  await Promise.all([first.close(), second.close()]);
});

test.each<[OpenOptions, RegExp]>([
  [{ kind: 'segmentation', normalize: 'slices' }, /only images have intensities/],
  [{ kind: 'image', normalize: 'clahe', window: '0:9' }, /already mapped with --window/],
  [{ kind: 'image', normalize: 'clahe', dataType: 'float32' }, /not float32/],
])('refused: %o', async (options, message) => {
  await expect(openSource(fixture('normalize', 'u1.npy'), options)).rejects.toThrow(message);
});
