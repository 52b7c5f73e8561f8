import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

describe('hierarchies of arrays, written by zarr-python and z5py', () =>
  testDescribedFixtures('hierarchies'));

/** Returns the image of a fixture with `omero` among its attributes. */
async function withOmero(
  name: string,
  file: string,
  add: (omero: object, json: object) => object,
): Promise<string> {
  const folder = join(await temporaryFolder(), name);
  await cp(fixture('hierarchies', name), folder, { recursive: true });
  const json: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const omero = { channels: [{ label: 'membranes', color: 'FFFFFF' }] };
  await writeFile(join(folder, file), JSON.stringify(add(omero, json as object)));
  return folder;
}

test.each([
  ['ome-0.4.zarr', '.zattrs', (omero: object, json: object) => ({ ...json, omero })],
  [
    'ome-0.5.zarr',
    'zarr.json',
    (omero: object, json: object) => {
      const { attributes } = json as { attributes: { ome: object } };
      return { ...json, attributes: { ...attributes, ome: { ...attributes.ome, omero } } };
    },
  ],
])("the channels' names of %s are taken over", async (name, file, add) => {
  const source = await openSource(await withOmero(name, file, add), { kind: 'image' });
  await source.close();
  expect(source.metadata.channelNames).toEqual(['membranes']);
});

describe("webknossos' datasets, without what pads them", () => testDescribedFixtures('webknossos'));

test("of webknossos' layers the segmentation is taken where labels are wanted", async () => {
  const source = await openSource(fixture('webknossos', 'dataset'), { kind: 'segmentation' });
  await source.close();
  expect(source.metadata).toMatchObject({ dataType: 'uint32', kind: 'segmentation', size: [9, 7, 5] });
});
