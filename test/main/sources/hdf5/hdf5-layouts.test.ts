import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { File, ready, type Group } from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import type { SourceHandle } from '../../../../src/main/sources/volume-source';
import { OpenHdf5 } from '../../../../src/main/sources/hdf5/open-hdf5';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

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

test('chunks that were never written have the fill value', async () => {
  const box = boxOfShape([64, 32, 16]);
  const data = new Uint16Array(64 * 32 * 16);
  const source = await openSource(fixture('hdf5-layouts', 'fill-value.h5'));
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  expect(source.metadata.notes).toEqual([]);
  const written = fixtureVoxels('uint16', [40, 24, 8]) as Uint16Array;
  const expected = data.map((_, i) => {
    const [x, y, z] = [i % 64, Math.floor(i / 64) % 32, Math.floor(i / 64 / 32)];
    return x < 32 && y < 16 && z < 8 ? (written[x + 40 * (y + 24 * z)] ?? 0) : 7;
  });
  expect(data).toEqual(expected);
});

describe.each([
  'contiguous-earliest',
  'contiguous-latest',
  'chunked-earliest',
  'chunked-latest',
  'single-latest',
])('a dataset that was never written, %s', (name) => {
  test('is read as zeros, with a note', async () => {
    const path = fixture('hdf5-layouts', `never-${name}.h5`);
    const box = boxOfShape([64, 32, 16]);
    const data = new Uint16Array(64 * 32 * 16).fill(1);
    const source = await openSource(path);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
    expect(data.every((value) => value === 0)).toBe(true);
    expect(source.metadata.notes).toEqual([
      `${path}, labels: no voxels were ever written to this dataset, so all of them have its fill value. Check whether the program that made it was interrupted.`,
    ]);
  });
});

test('chunks are found in a tree of several levels', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-'));
  try {
    await ready;
    const path = join(folder, 'many.h5');
    const content = Uint32Array.from({ length: 96 * 64 * 96 }, (_, i) => i * 3);
    const file = new File(path, 'w');
    file.create_dataset({
      name: 'labels',
      data: content,
      shape: [96, 64, 96],
      chunks: [8, 8, 16],
      compression: 'gzip',
      compression_opts: 1,
    });
    file.close();
    const source = await openSource(path);
    const box = boxOfShape([96, 64, 96]);
    const data = new Uint32Array(content.length);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
    expect(source.handle).toMatchObject({ layout: { stored: { isDeflated: true } } });
    expect(source.metadata.storageShape).toEqual([16, 8, 8]);
    expect(data).toEqual(content);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the library reads what it alone can', async () => {
  const source = await openSource(fixture('hdf5-layouts', 'never-chunked-latest.h5'));
  await source.close();
  expect(source.handle).toMatchObject({ layout: { stored: null } });
});

test('chunks that were shuffled in parts of another size are left to the library', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-'));
  try {
    const bytes = await readFile(fixture('hdf5-layouts', 'shuffle.h5'));
    const isKept: boolean[] = [];
    for (const partBytes of [2, 1]) {
      // The size is behind the name of the filter.
      bytes.writeUInt32LE(partBytes, bytes.indexOf('shuffle\0') + 8);
      const path = join(folder, `${partBytes}.h5`);
      await writeFile(path, bytes);
      const source = await openSource(path);
      await source.close();
      isKept.push((source.handle as SourceHandle & { layout: { stored: unknown } }).layout.stored !== null);
    }
    expect(isKept).toEqual([true, false]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a dataset that is smaller than its file states is refused, as the rest of its last chunks is no voxels', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-'));
  try {
    await ready;
    const path = join(folder, 'short.ims');
    const file = new File(path, 'w');
    const names = ['DataSet', 'ResolutionLevel 0', 'TimePoint 0', 'Channel 0'];
    const group = names.join('/');
    const channel = names.reduce<Group>((above, name) => above.create_group(name), file);
    for (const [axis, length] of Object.entries({ X: 62, Y: 40, Z: 20 })) {
      channel.create_attribute(`ImageSize${axis}`, `${length}`);
    }
    file.create_dataset({
      name: `${group}/Data`,
      data: new Uint16Array(20 * 40 * 60),
      shape: [20, 40, 60],
      chunks: [8, 16, 32],
      compression: 'gzip',
    });
    file.close();
    await expect(openSource(path)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: `${path}, ${group}/Data has 20 × 40 × 60 voxels, fewer than the 20 × 40 × 62 that the file states.`,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('enumerations of big-endian integers are refused as such, not as damaged', async () => {
  await expect(openSource(fixture('hdf5-layouts', 'big-endian-enum.h5'))).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('labels holds an enumeration of big-endian integers'),
    remedy: expect.stringContaining(`h5py.File('OLD.h5')['DATASET'][...].astype('uint16')`),
  });
});

test('files can be opened and listed after any number of calls that failed', async () => {
  const failing = await OpenHdf5.open(fixture('hdf5-layouts', 'user-block-4096.h5'));
  // The library itself fails, its C++ code refuses a name, and a file is no HDF5 file.
  const calls = [
    () => failing.file.get_external_link('/'),
    () => failing.file.get_attribute('none', true),
    () => OpenHdf5.open(fixture('hdf5-layouts', 'external.raw')),
  ];
  for (let i = 0; i < 3000; i++) {
    for (const call of calls) await expect(async () => call()).rejects.toThrow();
  }
  failing.close();
  const file = await OpenHdf5.open(fixture('hdf5-layouts', 'deflate.h5'));
  expect(file.list()).toHaveLength(1);
  file.close();
});

test('a file that replaces one that could not be read is read by its own metadata', async () => {
  const path = join(await temporaryFolder(), 'ids.h5');
  const damaged = await readFile(fixture('hdf5', 'hdf5-zstd.h5'));
  // In the first chunk.
  damaged.fill(0, 4568, 4600);
  await writeFile(path, damaged);
  await expect(voxelsOf(path)).rejects.toThrow("can't be read");
  // It is written to the same file, as programs do that save again.
  const other = fixture('hdf5', 'hdf5-several.h5');
  await writeFile(path, await readFile(other));
  expect(await voxelsOf(path, { dataset: 'labels' })).toEqual(await voxelsOf(other, { dataset: 'labels' }));
});

test('a file is read as it is, while what was opened before it was replaced is refused', async () => {
  const path = join(await temporaryFolder(), 'ids.h5');
  await writeFile(path, await readFile(fixture('hdf5', 'hdf5-zstd.h5')));
  const before = await openSource(path);
  const other = fixture('hdf5', 'hdf5-several.h5');
  await writeFile(path, await readFile(other));
  expect(await voxelsOf(path, { dataset: 'labels' })).toEqual(await voxelsOf(other, { dataset: 'labels' }));
  const data = new BigUint64Array(9 * 7 * 5);
  const read = before.read(BOX, { box: BOX, channels: 1, data }).finally(() => before.close());
  await expect(read).rejects.toThrow('has changed since it was opened first');
});

async function voxelsOf(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const box = boxOfShape(source.metadata.size);
  const data = allocateVoxels(source.metadata.dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return data;
}
