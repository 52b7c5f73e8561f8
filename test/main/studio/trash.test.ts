import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deleteDataset } from '../../../src/main/engine/delete-dataset';
import { moveToTrash } from '../../../src/main/studio/trash';
import { temporaryFolder } from '../../temporary-folder';
import { listTree } from '../../tree-hash';

afterEach(() => {
  vi.unstubAllEnvs();
});

const uid = process.getuid?.() ?? 0;

describe.skipIf(process.platform !== 'linux')('the trash', () => {
  test('of the disk of the home is the one in it', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('XDG_DATA_HOME', join(folder, 'share'));
    await mkdir(join(folder, 'data set'));
    await writeFile(join(folder, 'data set', 'info'), 'a');
    await moveToTrash(join(folder, 'data set'));
    const trash = join(folder, 'share', 'Trash');
    const [name = ''] = await readdir(join(trash, 'files'));
    expect(await readFile(join(trash, 'files', name, 'info'), 'utf8')).toBe('a');
    const note = await readFile(join(trash, 'info', `${name}.trashinfo`), 'utf8');
    expect(note).toContain(`Path=${folder}/data%20set\n`);
    expect(note).toMatch(/DeletionDate=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\n$/);
    expect(await readdir(folder)).toEqual(['share']);
  });

  /** Mounts a separate disk; skips the test if that isn't allowed. */
  async function disk(skip: (condition: boolean, note: string) => void, options = 'rw'): Promise<string> {
    const folder = await temporaryFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip(true, 'only the superuser may mount');
    }
    return folder;
  }

  test('of another disk is on that disk, never in the home', async ({ skip, onTestFinished }) => {
    vi.stubEnv('XDG_DATA_HOME', await temporaryFolder());
    const top = await disk(skip);
    onTestFinished(() => void execFileSync('umount', [top]));
    await mkdir(join(top, 'a', 'dataset'), { recursive: true });
    await moveToTrash(join(top, 'a', 'dataset'));
    expect(await readdir(join(top, 'a'))).toEqual([]);
    const [name = ''] = await readdir(join(top, `.Trash-${uid}`, 'files'));
    const note = await readFile(join(top, `.Trash-${uid}`, 'info', `${name}.trashinfo`), 'utf8');
    expect(note).toContain('Path=a/dataset\n');
  });

  test('that can not be made is said to be missing, and nothing is moved', async ({
    skip,
    onTestFinished,
  }) => {
    vi.stubEnv('XDG_DATA_HOME', await temporaryFolder());
    const top = await disk(skip);
    onTestFinished(() => void execFileSync('umount', [top]));
    await mkdir(join(top, 'dataset'));
    execFileSync('mount', ['-o', 'remount,ro', top]);
    await expect(moveToTrash(join(top, 'dataset'))).rejects.toMatchObject({ fields: { code: 'no-trash' } });
    expect(await readdir(top)).toEqual(['dataset']);
    await chmod(top, 0o755).catch(() => undefined);
  });
});

test('deleting for good takes the files of the dataset alone', async () => {
  const root = join(await temporaryFolder(), 'dataset');
  const files = ['info', 'provenance', '8_8_8/0-8_0-8_0-8.gz', '8_8_8/notes.txt', 'notes.txt'];
  for (const name of [...files, '.precomputed-studio/uploads/a.jsonl']) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), name);
  }
  await deleteDataset({ root, json: { scales: [{ key: '8_8_8' }] } });
  expect(await listTree(root)).toEqual(['8_8_8/notes.txt', 'notes.txt']);
});
