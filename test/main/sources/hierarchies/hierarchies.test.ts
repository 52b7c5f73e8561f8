import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
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

describe('shards in shards, and shards that a codec changes as a whole', () =>
  testDescribedFixtures('nested-shards'));

describe('all of them by zarrita, which comparisons use', () => {
  for (const folder of ['hierarchies', 'nested-shards', 'packed-chunks'])
    testDescribedFixtures(folder, undefined, { isComparison: true });
});

describe('arrays packed by bzip2 and xz, or with checksums', () => testDescribedFixtures('packed-chunks'));

test.each(
  ['zarr2-bits.zarr', 'zarr3-bits.zarr'].flatMap((name) => [
    { name, isComparison: false },
    { name, isComparison: true },
  ]),
)('$name: booleans of one bit each are read (as for a comparison: $isComparison)', async (known) => {
  const source = await openSource(fixture('packed-chunks', known.name), { kind: 'image', ...known });
  const box = boxOfShape([9, 7, 5]);
  const data = new Uint8Array(boxVolume(box));
  await source.read(box, { box, channels: 1, data });
  await source.close();
  const highest = [...fixtureVoxels('uint8', [9, 7, 5])].map((voxel) => Number(voxel) >> 7);
  expect([...data]).toEqual(highest);
  expect(new Set(highest).size).toBe(2);
});

describe("webknossos' datasets, without what pads them", () => testDescribedFixtures('webknossos'));

test("of webknossos' layers the segmentation is taken where labels are wanted", async () => {
  const source = await openSource(fixture('webknossos', 'dataset'), { kind: 'segmentation' });
  await source.close();
  expect(source.metadata).toMatchObject({ dataType: 'uint32', kind: 'segmentation', size: [9, 7, 5] });
});

test.each([
  ['n5-xz.n5', '0/0/0', /The block .* is damaged/],
  ['n5-bzip2.n5', '0/0/0', /The block .* is damaged/],
  ['zarr2-lzma.zarr', '0.0.0', /0\.0\.0/],
  ['zarr2-bz2.zarr', '0.0.0', /0\.0\.0/],
  ['zarr2-checksums.zarr', '0.0.0', /0\.0\.0: it is damaged \(its checksum \(fletcher32\) differs\)/],
  ['zarr3-checksums.zarr', 'c/0/0/0', /0\.0\.0: it is damaged \(its checksum \(fletcher32\) differs\)/],
])('%s that is damaged is refused with its place', async (name, chunk, message) => {
  const path = join(await temporaryFolder(), name);
  await cp(fixture('packed-chunks', name), path, { recursive: true });
  const bytes = await readFile(join(path, chunk));
  await writeFile(join(path, chunk), bytes.fill(0x55, 60, 90));
  const source = await openSource(path, { kind: 'image' });
  const box = boxOfShape(source.metadata.size);
  const target = { box, channels: 1, data: new Uint32Array(boxVolume(box)) };
  await expect(source.read(box, target)).rejects.toThrow(message);
  await source.close();
});

test('a comparison reads an array by zarrita, a conversion by our own reader', async () => {
  const path = fixture('hierarchies', 'zarr3-sharded.zarr');
  for (const [isComparison, reader] of [
    [true, 'zarrita'],
    [false, 'own'],
  ] as const) {
    const source = await openSource(path, { kind: 'image', isComparison });
    await source.close();
    expect(source.handle['reader']).toBe(reader);
  }
});
