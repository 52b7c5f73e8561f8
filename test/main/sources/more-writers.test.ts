import { expect, test } from 'vitest';
import { openSource } from '../../../src/main/sources/registry';
import { boxOfShape } from '../../../src/shared/base/box';
import { testDescribedFixtures } from '../../conformance/described-fixtures';
import { fixture, fixtureVoxels } from '../../fixtures/voxels';

testDescribedFixtures('more-writers');

test.each([2, 3])('the floats that mark missing values in Zarr %i of xarray are NaN', async (version) => {
  const source = await openSource(fixture('more-writers', `floats-${version}.zarr`), { kind: 'image' });
  const [box, data] = [boxOfShape(source.metadata.size), new Float32Array(5 * 7 * 9)];
  await source.read(box, { box, channels: 1, data });
  await source.close();
  const stored = fixtureVoxels('float32', [9, 7, 5]) as Float32Array;
  expect(data).toEqual(stored.map((value) => (value === -100 ? NaN : value)));
});

test.each([
  ['orientation', 'the tag Orientation (3): rows and columns stay as they are stored'],
  ['fei', "the size of a pixel, 4 nm: the distance of slices isn't in the file"],
  ['zeiss', "the size of a pixel, 4.5 nm: the distance of slices isn't in the file"],
  ['gdal', "GDAL's scale and offset: the numbers are those that are stored"],
  ['no-data', "GDAL's value for missing data, -9999"],
  ['centimetres', "the size of a pixel, 4 × 8 nm: the distance of slices isn't in the file"],
])('what the tags of %s.tif say is named as passed over', async (name, note) => {
  const source = await openSource(fixture('more-writers', `${name}.tif`), { kind: 'image' });
  await source.close();
  expect(source.metadata.passedOver).toEqual([note]);
});
