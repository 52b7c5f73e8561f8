import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNames } from '../../../src/main/engine/segments/names-file';
import { readSegmentIds } from '../../../src/main/engine/segments/segment-ids';
import { openSource } from '../../../src/main/sources/registry';
import { readRemapFile } from '../../../src/main/sources/views/remap-file';
import { LocalFolder } from '../../../src/main/places/local-folder';
import { temporaryFolder } from '../../temporary-folder';
import { encodeTiff } from '../../../src/main/sources/tiff/tiff-writer';

/** Makes a pipe to which nobody ever writes, so that a program that opens it in the usual way waits forever. */
async function pipe(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  execFileSync('mkfifo', [path]);
  return path;
}

const REFUSED = { tag: 'invalid-input', message: expect.stringContaining('it is a pipe, not a file') };

describe.skipIf(process.platform === 'win32')('a named pipe is refused', () => {
  test('as input', async () => {
    await expect(openSource(await pipe('volume.nii'))).rejects.toMatchObject(REFUSED);
  });

  test('as a slice', async () => {
    const path = await pipe('z1.tif');
    const slice = await encodeTiff(new Uint16Array(16), 4, 4);
    for (const name of ['z0.tif', 'z2.tif']) await writeFile(join(path, '..', name), slice);
    await expect(openSource(join(path, '..'))).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('z1.tif'),
    });
  });

  test('as the file that a header names', async () => {
    const path = await pipe('v.raw');
    const header = join(path, '..', 'v.json');
    await writeFile(header, JSON.stringify({ file: 'v.raw', size: [1, 1, 1], dataType: 'uint8' }));
    await expect(openSource(header)).rejects.toMatchObject(REFUSED);
  });

  test('as names, ids and a table of ids', async () => {
    await expect(readNames(await pipe('names.csv'))).rejects.toMatchObject(REFUSED);
    await expect(readSegmentIds(await pipe('ids.txt'), 'segments')).rejects.toMatchObject(REFUSED);
    await expect(readRemapFile(await pipe('table.csv'))).rejects.toMatchObject(REFUSED);
  });

  test('as an object of a dataset, where a folder is none', async () => {
    const path = await pipe('chunk');
    const store = new LocalFolder(join(path, '..'));
    await mkdir(join(path, '..', 'folder'));
    await expect(store.get('chunk')).rejects.toMatchObject(REFUSED);
    await expect(store.getRange('chunk', 0, 4)).rejects.toMatchObject(REFUSED);
    expect(await store.get('folder')).toBeUndefined();
    expect(await store.getRange('folder', 0, 4)).toBeUndefined();
  });
});
