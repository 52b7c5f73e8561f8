import { copyFile, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { silence, type LibraryFiles } from '../../../../src/main/sources/hdf5/hdf5-library';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { isStudioError } from '../../../../src/shared/base/errors';
import { fixture } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

describe('HDF5 files written by h5py', () => testDescribedFixtures('hdf5'));

const LABELS = { dataset: 'volumes/labels/ids' } as const;

async function readAll(path: string): Promise<string> {
  const source = await openSource(path, LABELS);
  const box = boxOfShape(source.metadata.size);
  const data = new BigUint64Array(9 * 7 * 5);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return data.join();
}

describe('damaged files', () => {
  test('are refused when they are opened if they are cut off', async () => {
    const bytes = await readFile(fixture('hdf5', 'hdf5-uint64.h5'));
    const path = join(await temporaryFolder(), 'short.h5');
    for (const part of [0.1, 0.5, 0.9, 0.999]) {
      await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * part)));
      await expect(openSource(path, LABELS)).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringContaining('short.h5'),
      });
    }
  });

  test('are read, or refused in our words, whatever bytes of them are changed', async () => {
    const bytes = await readFile(fixture('hdf5', 'hdf5-uint64.h5'));
    const path = join(await temporaryFolder(), 'mutated.h5');
    const random = randomWords(11);
    let refused = 0;
    for (let i = 0; i < 120; i++) {
      const mutated = Buffer.from(bytes);
      for (let j = 0; j < 8; j++) mutated[8 + (random() % (mutated.length - 8))] = random() & 0xff;
      await writeFile(path, mutated);
      const outcome: unknown = await readAll(path).catch((error: unknown) => error);
      if (typeof outcome === 'string') continue;
      refused++;
      expect(isStudioError(outcome) ? outcome.tag : String(outcome)).toMatch(/^(invalid-input|unsupported)$/);
    }
    expect(refused).toBeGreaterThan(10);
  });
});

test('several datasets are listed where none is chosen', async () => {
  await expect(openSource(fixture('hdf5', 'hdf5-several.h5'))).rejects.toMatchObject({
    details: ['labels: uint32, 5 × 7 × 9', 'raw: uint8, 5 × 7 × 9'],
    fields: { options: ['dataset'], choices: ['labels', 'raw'] },
  });
});

test.each([
  ['hdf5-sz3.h5', '32024'],
  ['hdf5-snappy.h5', "Blosc's snappy"],
])('the filter of %s is not read, but named, with how to pack it again', async (name, filter) => {
  await expect(openSource(fixture('hdf5', name))).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining(filter),
    remedy: expect.stringMatching(/HDF5_PLUGIN_PATH=.* h5repack/),
  });
});

test('the content of arrays is described if none of them can be read', async () => {
  await expect(openSource(fixture('hdf5', 'hdf5-complex.h5'))).rejects.toMatchObject({
    tag: 'unsupported',
    details: ['b: structures, such as complex numbers, 2 × 3'],
  });
});

test('damaged data that a filter stops at is refused in our words, and other files can be read after it', async () => {
  const bytes = await readFile(fixture('hdf5', 'hdf5-lzf.h5'));
  const path = join(await temporaryFolder(), 'lzf.h5');
  const read = async (file: string) => {
    const source = await openSource(file);
    const box = boxOfShape(source.metadata.size);
    const data = new BigUint64Array(9 * 7 * 5);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  };
  for (const at of [bytes.length - 500, bytes.length - 700]) {
    const damaged = Buffer.from(bytes).fill(0, at, at + 200);
    await writeFile(path, damaged);
    await expect(read(path)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(/lzf\.h5, a, voxels .* can't be read \((?!Aborted).+\)\.$/),
    });
    await read(fixture('hdf5', 'hdf5-lzf.h5'));
  }
});

describe('virtual datasets', () => {
  async function copied(...names: readonly string[]): Promise<string> {
    const folder = await temporaryFolder();
    for (const name of names) await copyFile(fixture('hdf5', name), join(folder, name));
    return folder;
  }

  test('are refused where a file that they take parts of is missing', async () => {
    const folder = await copied('hdf5-virtual.h5');
    await expect(openSource(join(folder, 'hdf5-virtual.h5'))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringMatching(/a takes .* from hdf5-uint64\.h5, which can't be read/),
    });
  });

  test('are refused where the file has no such dataset', async () => {
    const folder = await copied('hdf5-virtual.h5', 'hdf5-several.h5');
    await rename(join(folder, 'hdf5-several.h5'), join(folder, 'hdf5-uint64.h5'));
    await expect(openSource(join(folder, 'hdf5-virtual.h5'))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('holds no dataset'),
    });
  });

  test('count as changed where such a file was', async () => {
    const folder = await copied('hdf5-virtual.h5', 'hdf5-uint64.h5');
    const fingerprint = async () => {
      const source = await openSource(join(folder, 'hdf5-virtual.h5'));
      await source.close();
      return source.metadata.fingerprint;
    };
    const before = await fingerprint();
    await utimes(join(folder, 'hdf5-uint64.h5'), 1, 1);
    expect(await fingerprint()).not.toBe(before);
  });
});

test('booleans are labels of 8 bits', async () => {
  const read = async (name: string) => {
    const source = await openSource(fixture('hdf5', name));
    const box = boxOfShape(source.metadata.size);
    const data = new Uint8Array(9 * 7 * 5);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
    return { dataType: source.metadata.dataType, data };
  };
  const { data } = await read('hdf5-uint8.h5');
  expect(await read('hdf5-bool.h5')).toEqual({ dataType: 'uint8', data: data.map((value) => value & 1) });
});

test('what filters print goes nowhere', async () => {
  const { FS } = await (await import('h5wasm/node')).ready;
  const files = FS as unknown as LibraryFiles;
  expect(files.streams.slice(1, 3).map(({ nfd }) => nfd)).toEqual([1, 2]);
  silence(files);
  expect(files.streams.slice(0, 3).map(({ nfd }) => nfd)).not.toContain(1);
  expect(files.streams.slice(0, 3).map(({ nfd }) => nfd)).not.toContain(2);
});
