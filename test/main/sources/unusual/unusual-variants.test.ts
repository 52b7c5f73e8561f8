import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';

testDescribedFixtures('unusual');

test('an axis of xarray that counts down is named, its coordinates are not', async () => {
  const source = await openSource(fixture('unusual', 'xarray-3.zarr'), { kind: 'image' });
  await source.close();
  expect(source.metadata.passedOver).toEqual(['y: its coordinates count down; the order of voxels stays']);
});

test('labels of axes in another order are named', async () => {
  const source = await openSource(fixture('unusual', 'labels.nrrd'));
  await source.close();
  expect(source.metadata.passedOver).toEqual([
    'the labels of the axes (z, y, x), which stay in the order of the file',
  ]);
});

test('--axes takes the planes of tifffile as they are stored', async () => {
  const options = { kind: 'image', axes: 'zyx' } as const;
  const source = await openSource(fixture('unusual', 'axes-xyz.tif'), options);
  await source.close();
  expect(source.metadata.size).toEqual([5, 7, 9]);
});
