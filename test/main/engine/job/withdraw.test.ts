import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withdraw } from '../../../../src/main/engine/job/withdraw';
import { RemoteOutput } from '../../../../src/main/engine/run/remote-output';
import { FolderPlace } from '../../../../src/main/places/folder-place';
import { temporaryFolder } from '../../../temporary-folder';

const CHUNK = '8_8_8/0-8_0-8_0-8';
const VOLUME = [{ path: '8_8_8', kind: 'scale' }] as const;
const MESHES = [{ path: 'mesh', kind: 'mesh' }] as const;
const ignore = (): void => undefined;

/** A place that a job has claimed, with objects that are given by their keys. */
async function claimedPlace(objects: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  for (const [key, text] of Object.entries(objects)) {
    await mkdir(join(folder, dirname(key)), { recursive: true });
    await writeFile(join(folder, key), text);
  }
  const open = (): RemoteOutput => {
    const remote = new RemoteOutput(new FolderPlace(folder), ['provenance'], new AbortController().signal);
    onTestFinished(() => remote.close());
    return remote;
  };
  const claim = await open().claim.take(false, ignore, ['mesh']);
  const keys = async (): Promise<string[]> => {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).sort();
  };
  return { folder, claim, keys, remote: open() };
}

test('a conversion that is discarded leaves nothing, except objects that are no part of a dataset', async () => {
  const { claim, keys, remote } = await claimedPlace({ [CHUNK]: 'x', provenance: '{}', 'notes/mine': 'x' });
  await withdraw({ kind: 'convert', claim, makes: [...VOLUME], replaces: [] }, remote, ignore);
  expect(await keys()).toEqual(['notes/mine']);
});

test('a conversion that is discarded before it has replaced a dataset leaves that dataset', async () => {
  const { claim, keys, remote } = await claimedPlace({ [CHUNK]: 'x', info: '{}' });
  await withdraw({ kind: 'convert', claim, makes: [...VOLUME], replaces: [...VOLUME] }, remote, ignore);
  expect(await keys()).toEqual([CHUNK, 'info']);
});

test.each([
  ['that info does not name yet', '{}', [CHUNK, 'info']],
  ['that info still names', '{"mesh": "mesh"}', [CHUNK, 'info', 'mesh/7:0']],
  ['that info names in another way', '{"mesh": "./mesh/"}', [CHUNK, 'info', 'mesh/7:0']],
  ['that a damaged info may name', '{"mesh', [CHUNK, 'info', 'mesh/7:0']],
])('a meshing that is discarded leaves the volume; of meshes %s', async (_, info, left) => {
  const { claim, keys, remote } = await claimedPlace({ [CHUNK]: 'x', info, 'mesh/7:0': 'x' });
  await withdraw({ kind: 'mesh', claim, makes: [...MESHES], replaces: [] }, remote, ignore);
  expect(await keys()).toEqual(left);
});

test('a job whose place was taken removes nothing there', async () => {
  const { folder, claim, keys, remote } = await claimedPlace({ [CHUNK]: 'of another job' });
  await rm(join(folder, 'precomputed-studio-claims'), { recursive: true });
  await withdraw({ kind: 'convert', claim, makes: [...VOLUME], replaces: [] }, remote, ignore);
  expect(await keys()).toEqual([CHUNK]);
});
