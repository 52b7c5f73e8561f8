import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT_FILES } from '../../../../src/main/engine/root-files';
import { datasetFolders, INFO_FILES } from '../../../../src/shared/precomputed/dataset-files';
import { outputState } from '../../../../src/main/engine/job/output-folder';
import { putAside, putInPlace } from '../../../../src/main/engine/run/swap-files';
import { temporaryFolder } from '../../../temporary-folder';
import { listTree } from '../../../tree-hash';

async function fill(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), path);
  }
}

const ROOT = [...INFO_FILES, ...ROOT_FILES];

describe('the state of an output folder', () => {
  test.each<[string, readonly string[]]>([
    ['free', []],
    ['free', ['.DS_Store', 'Thumbs.db']],
    ['free', ['.precomputed-studio/job/scratch/a.tmp']],
    ['dataset', ['info', '8_8_8/a.gz']],
    ['dataset', ['info', '.precomputed-studio/job/lock']],
    ['unfinished', ['.precomputed-studio/job/job.json', '8_8_8/a.gz']],
    ['unfinished', ['.precomputed-studio/job/job.json', 'info']],
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

const FOLDERS = datasetFolders({
  scales: [{ key: '8_8_8' }, { key: 'far/16_16_16' }],
  mesh: 'mesh',
  segment_properties: 'properties',
});
const OWN = [
  '8_8_8/0-8_0-8_0-8',
  '8_8_8/-8-0_0-8_0-8.gz',
  'components.csv',
  'far/16_16_16/0a.shard',
  'info',
  'mesh/1',
  'mesh/1.index',
  'mesh/1:0',
  'mesh/1:0:0-8_0-8_0-8',
  'mesh/info',
  'properties/info',
  'provenance',
];

describe('putting a dataset aside', () => {
  test('takes the names of the format in the folders that its info names, and nothing else', async () => {
    const folder = await temporaryFolder();
    const [output, old] = [join(folder, 'dataset'), join(folder, 'old')];
    const mine = [
      '8_8_80/0-8_0-8_0-8',
      '8_8_8/notes.txt',
      '8_8_8/inner/info',
      'mesh/model.obj',
      'mesh2/1',
      'info.txt',
    ];
    await fill(output, [...OWN, ...mine]);
    await putAside(output, FOLDERS, old, ROOT);
    expect(await listTree(output)).toEqual([...mine].sort());
    expect(await listTree(old)).toEqual([...OWN].sort());
    await putAside(output, FOLDERS, old, ROOT);
    expect(await listTree(old)).toEqual([...OWN].sort());
  });

  test('goes on where it was stopped, and so does putting files in their places', async () => {
    const folder = await temporaryFolder();
    const [output, old, back] = [join(folder, 'dataset'), join(folder, 'old'), join(folder, 'back')];
    await fill(output, OWN);
    await mkdir(join(old, '8_8_8'), { recursive: true });
    await rename(join(output, '8_8_8/0-8_0-8_0-8'), join(old, '8_8_8/0-8_0-8_0-8'));
    await putAside(output, FOLDERS, old, ROOT);
    expect(await listTree(output)).toEqual([]);
    await fill(back, ['8_8_8/mine']);
    await putInPlace(old, back);
    await putInPlace(old, back);
    expect(await listTree(back)).toEqual([...OWN, '8_8_8/mine'].sort());
  });

  test('never leaves its folder', async () => {
    const folder = await temporaryFolder();
    const output = join(folder, 'dataset');
    const chunk = '0-8_0-8_0-8';
    await fill(folder, [`outside/${chunk}`, `outside/a/${chunk}`, 'dataset/info', `dataset-2/${chunk}`]);
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
    await putAside(
      output,
      datasetFolders({ scales: keys.map((key) => ({ key })) }),
      join(output, 'old'),
      ROOT,
    );
    expect(await listTree(folder)).toEqual(
      [
        `outside/${chunk}`,
        `outside/a/${chunk}`,
        'dataset/old/info',
        `dataset-2/${chunk}`,
        'dataset/link',
      ].sort(),
    );
  });

  test('takes a link to a scale, not what it leads to', async () => {
    const folder = await temporaryFolder();
    await fill(folder, ['elsewhere/0-8_0-8_0-8', 'dataset/info']);
    await symlink(join(folder, 'elsewhere'), join(folder, 'dataset', '8_8_8'));
    const links = await putAside(join(folder, 'dataset'), FOLDERS, join(folder, 'old'), ROOT);
    expect(links).toEqual([join(folder, 'dataset', '8_8_8')]);
    expect(await listTree(join(folder, 'elsewhere'))).toEqual(['0-8_0-8_0-8']);
    expect(await listTree(join(folder, 'dataset'))).toEqual([]);
  });
});

describe('the folders of a dataset', () => {
  test.each([
    undefined,
    null,
    5,
    [],
    { scales: 3 },
    { scales: [null, {}, { key: 5 }, { key: '' }], mesh: 1 },
  ])('are none in an info like %j', (info) => {
    expect(datasetFolders(info)).toEqual([]);
  });
});
