import { expect, test } from 'vitest';
import { openSource } from '../../../src/main/sources/registry';
import { testDescribedFixtures } from '../../conformance/described-fixtures';
import { fixture } from '../../fixtures/voxels';

testDescribedFixtures('foreign-writers');

test('HDF5 whose datasets are all links into missing files is refused with these', async () => {
  await expect(openSource(fixture('foreign-writers', 'missing-link.h5'))).rejects.toMatchObject({
    tag: 'invalid-input',
    details: ['gone leads to /labels in missing.h5'],
  });
});

test.each([
  ['uneven.nc', ["z: its coordinates aren't evenly spaced, so they give no size of a voxel"]],
  [
    'pixels.nc',
    ['z', 'y', 'x'].map(
      (axis) => `${axis}: its coordinates have the unit "px", so they give no size of a voxel`,
    ),
  ],
  [
    'size-in-pixels.h5',
    ['resolution [30,5,4], units "px": not a size of voxels in known units for all axes'],
  ],
])('what %s says of sizes, which is not taken over, is named', async (name, notes) => {
  const source = await openSource(fixture('foreign-writers', name));
  await source.close();
  expect(source.metadata.resolutionNm).toBeUndefined();
  expect(source.metadata.passedOver).toEqual(expect.arrayContaining(notes));
});
