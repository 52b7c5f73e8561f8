import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderPlace } from '../../../src/main/places/folder-place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { temporaryFolder } from '../../temporary-folder';

testPlaceConformance(
  'a folder that is published to',
  async () => {
    const root = join(await temporaryFolder(), 'made', 'when', 'needed');
    const other = await openRemote(new FolderPlace(root));
    return { store: await openRemote(new FolderPlace(root)), reopen: () => other };
  },
  { keysArePaths: true, hidesDotted: true },
);

test('what a broken upload has left of a file goes when the file is sent again, and nothing else', async () => {
  const root = await temporaryFolder();
  const left = ['.a.precomputed-studio-part', '.a.0123456789ab.precomputed-studio-part'];
  const others = ['.b.0123456789ab.precomputed-studio-part', '.htaccess'];
  for (const name of [...left, ...others]) await writeFile(join(root, name), 'x');
  const place = await openRemote(new FolderPlace(root));
  for await (const key of place.list('')) expect.fail(`${key} is listed`);
  await place.put('a', new Uint8Array(3));
  expect((await readdir(root)).sort()).toEqual([...others, 'a'].sort());
});

test('files that go while their folder is listed are left out', async () => {
  const root = await temporaryFolder();
  for (let i = 0; i < 200; i++) await writeFile(join(root, String(i)), 'x');
  const place = await openRemote(new FolderPlace(root));
  const listed: string[] = [];
  for await (const key of place.list('')) {
    if (listed.push(key) > 1) continue;
    for (const name of await readdir(root)) await rm(join(root, name));
  }
  expect(listed.length).toBeLessThan(200);
});
