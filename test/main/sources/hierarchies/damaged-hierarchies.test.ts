import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

async function copyOf(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await cp(fixture('hierarchies', name), path, { recursive: true });
  return path;
}

async function readAll(path: string): Promise<BigUint64Array> {
  const source = await openSource(path);
  const box = boxOfShape(source.metadata.size);
  const data = new BigUint64Array(9 * 7 * 5);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return data;
}

/** Name of a hierarchy, its first chunk, and the file with its metadata. */
const CASES = [
  ['zarr2-blosc.zarr', '0.0.0', '.zarray'],
  ['zarr2-gzip.zarr', '0.0.0', '.zarray'],
  ['zarr2-raw.zarr', '0.0.0', '.zarray'],
  ['zarr2-zstd.zarr', '0.0.0', '.zarray'],
  ['zarr3-uint64.zarr', 'c/0/0/0', 'zarr.json'],
  ['n5-gzip.n5', 'volumes/labels/0/0/0', 'volumes/labels/attributes.json'],
  ['n5-raw.n5', 'volumes/labels/0/0/0', 'volumes/labels/attributes.json'],
  ['n5-blosc.n5', 'volumes/labels/0/0/0', 'volumes/labels/attributes.json'],
] as const;

describe.each(CASES)('%s', (name, chunk, metadata) => {
  test('a missing chunk is of zeros', async () => {
    const path = await copyOf(name);
    await rm(join(path, chunk));
    const expected = BigUint64Array.from(fixtureVoxels('uint64', [9, 7, 5]) as BigUint64Array, (voxel, i) => {
      const [x, y, z] = [i % 9, Math.floor(i / 9) % 7, Math.floor(i / 63)];
      return x < 5 && y < 4 && z < 3 ? 0n : voxel;
    });
    expect(await readAll(path)).toEqual(expected);
  });

  test('a chunk that is cut off is named', async () => {
    const path = await copyOf(name);
    const bytes = await readFile(join(path, chunk));
    for (const part of [0, 0.3, 0.7, 0.95]) {
      await writeFile(join(path, chunk), bytes.subarray(0, Math.floor(bytes.length * part)));
      await expect(readAll(path), `${part}`).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringMatching(/0[./]0[./]0/),
      });
    }
  });

  test('metadata that is cut off is refused', async () => {
    const path = await copyOf(name);
    const text = await readFile(join(path, metadata), 'utf8');
    await writeFile(join(path, metadata), text.slice(0, text.length / 2));
    await expect(openSource(path)).rejects.toMatchObject({ tag: 'invalid-input' });
  });
});

test('a fill value stands where a chunk is missing', async () => {
  const path = await copyOf('zarr2-raw.zarr');
  const text = await readFile(join(path, '.zarray'), 'utf8');
  await writeFile(join(path, '.zarray'), text.replace(/"fill_value":\s*0/, '"fill_value": 7'));
  const before = await readAll(path);
  await rm(join(path, '0.0.0'));
  const after = await readAll(path);
  expect(after[0]).toBe(7n);
  expect(after.filter((value, i) => value !== before[i]).every((value) => value === 7n)).toBe(true);
  for (const name of await readdir(path)) if (/^\d/.test(name)) await rm(join(path, name));
  await expect(readAll(path)).rejects.toThrow('all of its chunks are missing');
});

test('several arrays are listed where none is chosen', async () => {
  await expect(
    openSource(fixture('hierarchies', 'ome-0.5.zarr'), { dataset: 'nothing' }),
  ).rejects.toMatchObject({
    tag: 'invalid-input',
    details: ['labels/cells: uint32, 1 × 5 × 7 × 9', '.: uint8, 1 × 5 × 7 × 9'],
  });
});

describe('what is not read is no damage', () => {
  test.each([
    ['zarr2-gzip.zarr', '.zarray', /"id":\s*"gzip"/, '"id": "snappy"', /zarr2-gzip\.zarr.* codec "snappy"/],
    ['zarr3-uint64.zarr', 'zarr.json', /"uint64"/, '"complex64"', /zarr3-uint64\.zarr holds complex64/],
    [
      'n5-gzip.n5',
      'volumes/labels/attributes.json',
      /"gzip"/,
      '"snappy"',
      /n5-gzip\.n5.*labels is compressed with snappy/,
    ],
  ] as const)('%s', async (name, metadata, from, to, message) => {
    const path = await copyOf(name);
    const text = await readFile(join(path, metadata), 'utf8');
    expect(text).toMatch(from);
    await writeFile(join(path, metadata), text.replace(from, to));
    await expect(readAll(path)).rejects.toMatchObject({
      tag: 'unsupported',
      message: expect.stringMatching(message),
    });
  });
});

test('the index of a shard is checked', async () => {
  const path = await copyOf('zarr3-sharded.zarr');
  const shard = join(path, 'c/0/0/0');
  const bytes = await readFile(shard);
  for (const length of [bytes.length - 1, bytes.length - 8, bytes.length >> 1, 3]) {
    await writeFile(shard, bytes.subarray(0, length));
    await expect(readAll(path), `${length}`).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(/zarr3-sharded\.zarr, chunk 0\.0\.0.*(checksum|cut off)/),
    });
  }
});

test('a shard whose index leads beyond its end is refused', async () => {
  const path = await copyOf('zarr3-sharded.zarr');
  const metadata = join(path, 'zarr.json');
  const json = JSON.parse(await readFile(metadata, 'utf8'));
  const sharding = json.codecs[0].configuration;
  sharding.index_codecs = [{ name: 'bytes', configuration: { endian: 'little' } }];
  await writeFile(metadata, JSON.stringify(json));
  await expect(readAll(path)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringMatching(/c\/0\/0\/0 is damaged: by its index/),
  });
});

test('a file that is changed in an archive is refused', async () => {
  const path = join(await temporaryFolder(), 'damaged.zip');
  const bytes = await readFile(fixture('hierarchies', 'zarr3.zip'));
  const at = bytes.indexOf('zarr.json') + 60;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await expect(openSource(path)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining('damaged.zip: the entry'),
  });
});
