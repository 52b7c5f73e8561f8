import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalFolder } from '../../../src/main/places/local-folder';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { temporaryFolder } from '../../temporary-folder';

testPlaceConformance('a local folder', async () => {
  const root = join(await temporaryFolder(), 'made', 'when', 'needed');
  return { store: new LocalFolder(root), reopen: () => new LocalFolder(root) };
});

testPlaceConformance('a local folder with a scratch folder', async () => {
  const folder = await temporaryFolder();
  const make = () => new LocalFolder(join(folder, 'data'), join(folder, 'scratch'));
  return { store: make(), reopen: make };
});

const BYTES = new Uint8Array([1, 2, 3]);

describe('a write that fails', () => {
  test('leaves nothing half-written, and its error has the operation and the path', async () => {
    const root = await temporaryFolder();
    const store = new LocalFolder(root, join(root, 'scratch'));
    await writeFile(join(root, 'a'), 'a file');
    await expect(store.put('a/b', BYTES)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining(join(root, 'a', 'b')) as string,
    });
    await mkdir(join(root, 'folder', 'below'), { recursive: true });
    await expect(store.put('folder', BYTES)).rejects.toMatchObject({ tag: 'invalid-input' });
    expect(await readdir(join(root, 'scratch'))).toEqual([]);
  });
});

describe('a folder', () => {
  test('that is the root of a disk has objects like any other', async () => {
    const store = new LocalFolder('/');
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a'), BYTES);
    expect(await store.get(join(folder, 'a').slice(1))).toEqual(Buffer.from(BYTES));
  });

  test('is read through links, and lists files only', async () => {
    const root = await temporaryFolder();
    const store = new LocalFolder(root);
    await mkdir(join(root, 'empty'));
    await store.put('a', BYTES);
    await symlink(join(root, 'a'), join(root, 'link'));
    expect(await store.size('link')).toBe(3);
    const keys: string[] = [];
    for await (const key of store.list('')) keys.push(key);
    expect(keys.sort()).toEqual(['a']);
  });
});
