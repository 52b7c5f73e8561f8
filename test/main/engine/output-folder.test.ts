import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { datasetFolders, deleteDataset, outputState } from '../../../src/main/engine/output-folder';
import { Journal } from '../../../src/main/engine/run/journal';
import { temporaryFolder } from '../../temporary-folder';
import { listTree } from '../../tree-hash';

async function fill(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), path);
  }
}

describe('the state of an output folder', () => {
  test.each<[string, readonly string[]]>([
    ['free', []],
    ['free', ['.DS_Store', 'Thumbs.db']],
    ['free', ['.precomputed-studio/scratch/a.tmp']],
    ['dataset', ['info', '8_8_8/a.gz']],
    ['dataset', ['info', '.precomputed-studio/lock']],
    ['unfinished', ['.precomputed-studio/job.json', '8_8_8/a.gz']],
    ['unfinished', ['.precomputed-studio/job.json', 'info']],
    ['other', ['notes.txt']],
    ['other', ['8_8_8/a.gz']],
  ])('is %s with %j', async (state, files) => {
    const output = await temporaryFolder();
    await fill(output, files);
    expect(await outputState(output)).toBe(state);
  });

  test('is free where there is no folder', async () => {
    expect(await outputState(join(await temporaryFolder(), 'a', 'b'))).toBe('free');
  });
});

describe('deleting a dataset', () => {
  test('takes what its info names, and nothing else', async () => {
    const output = await temporaryFolder();
    const mine = ['8_8_80/a', 'mesh2/a', 'notes.txt', 'info.txt'];
    await fill(output, ['info', 'provenance', '8_8_8/a.gz', 'mesh/1:0', 'properties/info', ...mine]);
    const info = {
      scales: [{ key: '8_8_8' }, { key: '16_16_16' }],
      mesh: 'mesh',
      segment_properties: 'properties',
    };
    await deleteDataset(output, datasetFolders(info));
    expect(await listTree(output)).toEqual(mine.sort());
  });

  test('never leaves its folder', async () => {
    const folder = await temporaryFolder();
    const output = join(folder, 'dataset');
    await fill(folder, ['outside/a', 'dataset/info', 'dataset/b', 'dataset-2/a']);
    await symlink(join(folder, 'outside'), join(output, 'link'));
    const keys = [
      '..',
      '../outside',
      '../dataset-2',
      join(folder, 'outside'),
      'link/a',
      '.',
      './',
      'x/../../outside',
    ];
    await deleteDataset(output, keys);
    expect(await listTree(folder)).toEqual(['dataset-2/a', 'dataset/b', 'dataset/link', 'outside/a']);
  });

  test('takes a link to a scale, not what it leads to', async () => {
    const folder = await temporaryFolder();
    await fill(folder, ['elsewhere/a', 'dataset/info']);
    await symlink(join(folder, 'elsewhere'), join(folder, 'dataset', '8_8_8'));
    await deleteDataset(join(folder, 'dataset'), ['8_8_8']);
    expect(await listTree(folder)).toEqual(['elsewhere/a']);
  });

  test('leaves the journal of the job that replaces it', async () => {
    const output = await temporaryFolder();
    await Journal.create(output, {});
    await fill(output, ['info']);
    await deleteDataset(output, []);
    expect(await outputState(output)).toBe('unfinished');
  });

  test.each([
    undefined,
    null,
    5,
    [],
    { scales: 3 },
    { scales: [null, {}, { key: 5 }, { key: '' }], mesh: 1 },
  ])('finds no folders in an info like %j', (info) => {
    expect(datasetFolders(info)).toEqual([]);
  });
});
