import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as h5wasm from 'h5wasm/node';
import { expect, onTestFinished, test } from 'vitest';
import { passPathDoor, passPathDoorSync, shutPathDoor } from '../../../src/main/base/path-door';
import { listDatasetFiles } from '../../../src/main/publish/dataset-files';
import { openSource } from '../../../src/main/sources/registry';
import { LocalFolder } from '../../../src/main/places/local-folder';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { addToInfo } from '../publish/publish-folder';
import { temporaryFolder } from '../../temporary-folder';

const NOT_ALLOWED = { fields: { code: 'not-allowed' } };

/** Makes an allowed folder, and another one beside it. */
async function folders() {
  const folder = await temporaryFolder();
  const [allowed, outside] = [join(folder, 'allowed'), join(folder, 'outside')];
  await mkdir(allowed);
  await mkdir(outside);
  onTestFinished(shutPathDoor([allowed]));
  return { allowed, outside };
}

async function firstVoxel(path: string): Promise<number> {
  const source = await openSource(path, { kind: 'image' });
  try {
    const box = { min: [0, 0, 0], max: [1, 1, 1] } as const;
    const data = new Uint8Array(1);
    await source.read(box, { box, channels: 1, data });
    return data[0] ?? -1;
  } finally {
    await source.close();
  }
}

test('a path inside passes, one outside and links to it do not, even where they lead to nothing', async () => {
  const { allowed, outside } = await folders();
  await symlink(join(outside, 'not-there-yet'), join(allowed, 'dangling'));
  await symlink(outside, join(allowed, 'folder'));
  for (const path of [allowed, join(allowed, 'new', 'file')]) {
    await passPathDoor(path);
    passPathDoorSync(path);
  }
  for (const path of [outside, `${allowed}-too`, join(allowed, '..'), join(allowed, 'folder', 'x')]) {
    await expect(passPathDoor(path)).rejects.toMatchObject(NOT_ALLOWED);
    expect(() => passPathDoorSync(path)).toThrow('outside of the folders');
  }
  await expect(passPathDoor(join(allowed, 'dangling'))).rejects.toMatchObject(NOT_ALLOWED);
});

test.each([
  ['raw', 'v.json', (data: string) => JSON.stringify({ file: data, size: [2, 2, 2], dataType: 'uint8' })],
  [
    'MetaImage',
    'v.mhd',
    (data: string) => `NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = ${data}\n`,
  ],
  [
    'NRRD',
    'v.nhdr',
    (data: string) =>
      `NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\nendian: little\ndata file: ${data}\n\n`,
  ],
])('%s headers that name a file outside', async (_, name, header) => {
  const { allowed, outside } = await folders();
  await writeFile(join(outside, 'secret.raw'), Buffer.alloc(8, 7));
  await writeFile(join(allowed, 'link.raw'), '');
  await rm(join(allowed, 'link.raw'));
  await symlink(join(outside, 'secret.raw'), join(allowed, 'link.raw'));
  for (const data of ['../outside/secret.raw', 'link.raw']) {
    await writeFile(join(allowed, name), header(data));
    await expect(firstVoxel(join(allowed, name))).rejects.toMatchObject({ tag: 'invalid-input' });
    const open = shutPathDoor([join(allowed, '..')]);
    expect(await firstVoxel(join(allowed, name))).toBe(7);
    open();
    shutPathDoor([allowed]);
  }
});

test('keys of scales with .. and folders of scales that are links', async () => {
  const { allowed, outside } = await folders();
  const info = await writeSmallDataset(outside, [32, 32, 32], () => 5n);
  const [scale] = info.scales;
  const write = (key: string) =>
    writeFile(join(allowed, 'info'), JSON.stringify({ ...info, scales: [{ ...scale, key }] }));
  await symlink(join(outside, '10_10_20'), join(allowed, '8_8_8'));
  for (const key of ['../outside/10_10_20', '8_8_8']) {
    await write(key);
    const read = async () => {
      const source = await openSource(allowed, { kind: 'segmentation' });
      const box = { min: [0, 0, 0], max: [1, 1, 1] } as const;
      await source.read(box, { box, channels: 1, data: new BigUint64Array(1) });
    };
    await expect(read()).rejects.toMatchObject(NOT_ALLOWED);
  }
  await rm(join(allowed, '8_8_8'));
  await mkdir(join(allowed, '8_8_8'));
  await symlink(outside, join(allowed, 'mesh'));
  await write('8_8_8');
  await addToInfo(allowed, { mesh: 'mesh' });
  await expect(
    listDatasetFiles(allowed, { ...info, scales: [], mesh: 'mesh' }, 'headers'),
  ).rejects.toMatchObject(NOT_ALLOWED);
});

test('what is written through a link', async () => {
  const { allowed, outside } = await folders();
  await symlink(outside, join(allowed, '8_8_8'));
  const store = new LocalFolder(allowed);
  await expect(store.put('8_8_8/0', new Uint8Array(1))).rejects.toMatchObject(NOT_ALLOWED);
  await expect(store.delete('8_8_8/0')).rejects.toMatchObject(NOT_ALLOWED);
  await expect(store.get('8_8_8/0')).rejects.toMatchObject(NOT_ALLOWED);
});

test('links of HDF5 to another file', async () => {
  const { allowed, outside } = await folders();
  await h5wasm.ready;
  const other = new h5wasm.File(join(outside, 'other.h5'), 'w');
  other.create_dataset({ name: 'volume', data: new Uint8Array(8).fill(7), shape: [2, 2, 2] });
  other.close();
  const file = new h5wasm.File(join(allowed, 'v.h5'), 'w');
  file.create_external_link('../outside/other.h5', 'volume', 'linked');
  file.close();
  await expect(firstVoxel(join(allowed, 'v.h5'))).rejects.toMatchObject({ tag: 'invalid-input' });
  const inside = new h5wasm.File(join(allowed, 'inside.h5'), 'w');
  inside.create_dataset({ name: 'volume', data: new Uint8Array(8).fill(7), shape: [2, 2, 2] });
  inside.close();
  expect(await firstVoxel(join(allowed, 'inside.h5'))).toBe(7);
});
