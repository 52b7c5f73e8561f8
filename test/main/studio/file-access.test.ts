import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileAccess } from '../../../src/main/studio/file-access';
import { temporaryFolder } from '../../temporary-folder';

async function allowedAndOther() {
  const folder = await temporaryFolder();
  const [allowed, other] = [join(folder, 'allowed'), join(folder, 'allowed-not')];
  await mkdir(allowed);
  await mkdir(other);
  return { allowed, other, files: await FileAccess.create([allowed]) };
}

test('what is in an allowed folder, there or not yet, may be used', async () => {
  const { allowed, files } = await allowedAndOther();
  expect(await files.allow(allowed)).toBe(allowed);
  expect(await files.allow(join(allowed, 'new', 'newer'))).toBe(join(allowed, 'new', 'newer'));
  expect(await files.allow(`${allowed}/x/../y/`)).toBe(join(allowed, 'y'));
});

test('what is elsewhere may not, by any way round', async () => {
  const { allowed, other, files } = await allowedAndOther();
  await symlink(other, join(allowed, 'link'));
  for (const path of [
    other,
    `${allowed}/../allowed-not`,
    join(allowed, 'link'),
    join(allowed, 'link', 'x'),
    '/',
  ]) {
    await expect(files.allow(path), path).rejects.toMatchObject({ fields: { code: 'not-allowed' } });
  }
  for (const path of ['', 'relative', './x', `${allowed}\0`, '~user']) {
    await expect(files.allow(path), path).rejects.toThrow(/not a full path/);
  }
});

test("a dataset's info stands for its folder, if that may be used", async () => {
  const { allowed, other, files } = await allowedAndOther();
  for (const folder of [allowed, other]) await writeFile(join(folder, 'info'), '{}');
  expect(await files.allowInput(join(allowed, 'info'))).toBe(allowed);
  expect(await files.allowInput(join(allowed, 'sub', 'info'))).toBe(join(allowed, 'sub', 'info'));
  await expect(files.allowInput(join(other, 'info'))).rejects.toMatchObject({
    fields: { code: 'not-allowed' },
  });
  const infoOnly = await FileAccess.create([join(other, 'info')]);
  await expect(infoOnly.allowInput(join(other, 'info'))).rejects.toMatchObject({
    fields: { code: 'not-allowed' },
  });
});

test('a list has folders first, in natural order, without hidden names, and links that lead out are dead ends', async () => {
  const { allowed, other, files } = await allowedAndOther();
  for (const name of ['z10.tif', 'z2.tif', '.hidden']) await writeFile(join(allowed, name), 'abc');
  await mkdir(join(allowed, 'sub'));
  await symlink(other, join(allowed, 'link'));
  const { entries, breadcrumbs, leftOut, writable } = await files.list(allowed);
  expect(entries.map(({ name, kind, sizeBytes }) => [name, kind, sizeBytes])).toEqual([
    ['sub', 'folder', undefined],
    ['link', 'folder', undefined],
    ['z2.tif', 'file', 3],
    ['z10.tif', 'file', 3],
  ]);
  expect(breadcrumbs.filter(({ path }) => path !== undefined)).toEqual([{ name: 'allowed', path: allowed }]);
  expect([leftOut, writable]).toEqual([0, true]);
  await expect(files.list(join(allowed, 'link'))).rejects.toMatchObject({
    fields: { code: 'not-allowed' },
  });
  await expect(files.createFolder(join(allowed, 'link', 'new'))).rejects.toThrow(/outside/);
});
