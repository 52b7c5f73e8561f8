import { cp, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { FileAccess } from '../../../src/main/studio/file-access';
import { findDropped } from '../../../src/main/studio/find-dropped';
import { temporaryFolder } from '../../temporary-folder';

/** Stops the clock, so that no search runs out of time. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

/** Makes a home with the same stack at two depths, one of them with a slice of another size. */
async function home() {
  const folder = await temporaryFolder();
  const [allowed, stack] = [join(folder, 'home'), join(folder, 'home', 'data', 'fish', 'stack')];
  await mkdir(join(stack, 'notes'), { recursive: true });
  for (const z of [1, 2, 3]) await writeFile(join(stack, `${z}.tif`), 'x'.repeat(z));
  await mkdir(join(allowed, 'stack'));
  for (const z of [1, 2, 3]) await writeFile(join(allowed, 'stack', `${z}.tif`), 'x'.repeat(z === 2 ? 9 : z));
  return { folder, allowed, stack, files: await FileAccess.create([allowed]) };
}

async function entryOf(path: string) {
  const { size, mtimeMs } = await stat(path);
  return { name: path.split('/').at(-1) ?? '', sizeBytes: size, modifiedMs: Math.floor(mtimeMs) };
}

test('folders of the same name are distinguished by what is in them', async () => {
  const { allowed, stack, files } = await home();
  const entries = [
    { name: 'notes' },
    await entryOf(join(stack, '1.tif')),
    await entryOf(join(stack, '2.tif')),
  ];
  expect(await findDropped(files, [allowed], { folder: 'stack', entries })).toEqual([stack]);
  const older = [{ ...(await entryOf(join(stack, '1.tif'))), modifiedMs: 1e12 }];
  expect(await findDropped(files, [allowed], { folder: 'stack', entries: older })).toEqual([]);
});

test('copies are all named, the likeliest first', async () => {
  const { allowed, stack, files } = await home();
  const copy = join(allowed, 'copy', 'stack');
  await cp(stack, copy, { recursive: true, preserveTimestamps: true });
  const dropped = { folder: 'stack', entries: [await entryOf(join(stack, '2.tif'))] };
  expect(await findDropped(files, [allowed], dropped)).toEqual([copy, stack]);
  expect(await findDropped(files, [join(allowed, 'data'), allowed], dropped)).toEqual([stack, copy]);
});

test('one file is found as itself, several as the folder that holds them', async () => {
  const { allowed, stack, files } = await home();
  const [one, two] = [await entryOf(join(stack, '1.tif')), await entryOf(join(stack, '2.tif'))];
  expect(await findDropped(files, [allowed], { entries: [two] })).toEqual([join(stack, '2.tif')]);
  expect(await findDropped(files, [allowed], { entries: [one, two] })).toEqual([stack]);
});

test('nothing is found outside of the folders that may be used, by link or by name', async () => {
  const { folder, allowed, files } = await home();
  const secret = join(folder, 'secret');
  await mkdir(secret);
  await writeFile(join(secret, 'key'), '12345');
  await symlink(secret, join(allowed, 'link'));
  const entries = [{ name: 'key', sizeBytes: 5 }];
  expect(await findDropped(files, [allowed, secret], { folder: 'secret', entries })).toEqual([]);
  expect(await findDropped(files, [allowed, join(allowed, 'link')], { entries })).toEqual([]);
  const climbing = [{ name: '../../../secret/key', sizeBytes: 5 }];
  expect(await findDropped(files, [allowed], { entries: climbing })).toEqual([]);
  await expect(findDropped(files, [allowed], { entries: [] })).rejects.toThrow(/Nothing with a name/);
});
