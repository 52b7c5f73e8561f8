import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';

testDescribedFixtures('hdf5-layouts');

const BOX = boxOfShape([9, 7, 5]);

test('a mark of missing voxels that no double has is exact, in signed numbers too', async () => {
  const source = await openSource(fixture('hdf5-layouts', 'fill-i8.h5'), { kind: 'segmentation' });
  const data = new BigInt64Array(9 * 7 * 5);
  await source.read(BOX, { box: BOX, channels: 1, data }).finally(() => source.close());
  expect(data[0]).toBe(0n);
  expect(data.every((id) => id >= 0n)).toBe(true);
});

test('numbers in files of their own are refused as such, not as damaged', async () => {
  const source = await openSource(fixture('hdf5-layouts', 'external.h5'));
  const data = new Uint16Array(9 * 7 * 5);
  const read = source.read(BOX, { box: BOX, channels: 1, data }).finally(() => source.close());
  await expect(read).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('external storage'),
    remedy: expect.stringContaining('import h5py'),
  });
});
