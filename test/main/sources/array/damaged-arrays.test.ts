import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { isStudioError } from '../../../../src/shared/base/errors';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { fixture } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

const WITH_DATA = [
  'npy-le-u8.npy',
  'npz-packed.npz',
  'npz-stored.npz',
  'nrrd-raw.nrrd',
  'nrrd-gzip.nrrd',
  'mrc-int16.mrc',
  'meta-plain.mha',
  'meta-packed.mha',
];

async function openAndReadAll(path: string): Promise<void> {
  const source = await openSource(path, {
    kind: 'image',
    dataset: path.includes('stored') ? 'labels' : undefined,
  });
  try {
    const { size, channels, dataType } = source.metadata;
    const box = boxOfShape(size);
    if (boxVolume(box) * channels > 1e6) return;
    await source.read(box, { box, channels, data: allocateVoxels(dataType, boxVolume(box) * channels) });
  } finally {
    await source.close();
  }
}

async function outcomeOf(path: string): Promise<unknown> {
  return openAndReadAll(path).then(
    () => 'read',
    (error: unknown) => error,
  );
}

describe.each(WITH_DATA)('%s', (name) => {
  test('is refused when it is opened if it is cut off anywhere', async () => {
    const bytes = await readFile(fixture('arrays', name));
    const path = join(await temporaryFolder(), name);
    for (const part of [0, 0.01, 0.1, 0.4, 0.8, 0.999]) {
      await writeFile(path, bytes.subarray(0, Math.min(bytes.length - 1, Math.floor(bytes.length * part))));
      await expect(
        openSource(path, { dataset: name.includes('stored') ? 'labels' : undefined }),
      ).rejects.toMatchObject({
        tag: 'invalid-input',
      });
    }
  });

  test('is read, or refused in our words, whatever bytes of it are changed', async () => {
    const bytes = await readFile(fixture('arrays', name));
    const path = join(await temporaryFolder(), name);
    const random = randomWords(bytes.length);
    for (let i = 0; i < 150; i++) {
      const mutated = Buffer.from(bytes);
      for (let j = 0; j <= random() % 3; j++)
        mutated[random() % Math.min(mutated.length, 1200)] = random() & 0xff;
      await writeFile(path, mutated);
      const outcome = await outcomeOf(path);
      if (outcome === 'read') continue;
      expect(isStudioError(outcome) ? outcome.tag : String(outcome)).toMatch(/^(invalid-input|unsupported)$/);
    }
  });

  test('is known by its content, whatever its name', async () => {
    const path = join(await temporaryFolder(), 'stored.tif');
    await copyFile(fixture('arrays', name), path);
    const source = await openSource(path, { dataset: name.includes('npz-stored') ? 'labels' : undefined });
    expect(source.metadata.size).toEqual([9, 7, 5]);
    await source.close();
  });
});

test('a NumPy archive of several arrays lists them where none is chosen', async () => {
  await expect(openSource(fixture('arrays', 'npz-stored.npz'))).rejects.toMatchObject({
    tag: 'invalid-input',
    details: [expect.stringContaining('labels: '), expect.stringContaining('other: ')],
  });
});

test('axes that do not fit the array are refused with the option', async () => {
  await expect(openSource(fixture('arrays', 'npy-le-u8.npy'), { axes: 'zzx' })).rejects.toMatchObject({
    fields: { usage: true, options: ['axes'] },
  });
});

test('a raw file whose description lacks something is refused with the field', async () => {
  const folder = await temporaryFolder();
  for (const name of await readdir(fixture('arrays', '.'))) {
    if (name.startsWith('raw-')) await copyFile(fixture('arrays', name), join(folder, name));
  }
  await mkdir(join(folder, 'sub'));
  const path = join(folder, 'bad.json');
  await writeFile(path, '{"file": "raw-labels.raw", "size": [9, 7], "dataType": "uint32"}');
  await expect(openSource(path)).rejects.toMatchObject({ details: [expect.stringContaining('size')] });
  await writeFile(path, '{"file": "raw-labels.raw", "size": [9, 7, 6], "dataType": "uint32"}');
  await expect(openSource(path)).rejects.toThrow(/cut off/);
});

test.each([
  ['u8', 'f16', 'numpy.float32'],
  ['u8', 'c8', 'numpy.uint64'],
])(
  'NumPy numbers of a type that is not read are refused with what to make of them',
  async (from, to, type) => {
    const bytes = await readFile(fixture('arrays', 'npy-le-u8.npy'));
    const path = join(await temporaryFolder(), 'array.npy');
    await writeFile(path, Buffer.from(bytes.toString('latin1').replace(`<${from}`, `<${to}`), 'latin1'));
    const refusal = openSource(path, { kind: 'image' });
    await expect(refusal).rejects.toThrow(`<${to}`);
    await expect(refusal).rejects.toMatchObject({
      tag: 'unsupported',
      remedy: expect.stringContaining(type) as string,
    });
  },
);

test('arrays of an archive are listed with their types and shapes, those that are no volume where one is wanted', async () => {
  await expect(openSource(fixture('arrays', 'npz-stored.npz'))).rejects.toMatchObject({
    details: ['labels: <u8, 5 × 7 × 9', 'other: <f8, 2 × 2'],
  });
  await expect(openSource(fixture('arrays', 'npz-beside.npz'), { dataset: 'nothing' })).rejects.toMatchObject(
    { fields: { choices: ['resolution', 'labels', 'name'] } },
  );
});

test.each([
  [{ file: 'a.raw', size: [2, 2, 1], datatype: 'uint8' }, /datatype/],
  [{ file: 'a.raw', dataType: 'uint8' }, /size/],
])('a description of a raw file that lacks something says what: %j', async (description, missing) => {
  const path = join(await temporaryFolder(), 'a.json');
  await writeFile(path, JSON.stringify(description));
  const error: unknown = await openSource(path).catch((reason: unknown) => reason);
  expect(isStudioError(error) ? error.details.join() : error).toMatch(missing);
});

test('a description of a raw file that is not JSON is refused', async () => {
  const path = join(await temporaryFolder(), 'a.json');
  await writeFile(path, '{"file": "a.raw", "size": [2, 2, 1], }');
  await expect(openSource(path)).rejects.toThrow(/a\.json isn't JSON/);
});
