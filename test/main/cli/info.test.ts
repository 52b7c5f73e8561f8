import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { runCli, startCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

test('info describes an input before it is converted', async () => {
  const folder = await temporaryFolder();
  const description = { file: 'v.raw', size: [4, 3, 2], dataType: 'uint8', resolution: [4, 5, 30] };
  await writeFile(join(folder, 'v.json'), JSON.stringify(description));
  await writeFile(
    join(folder, 'v.raw'),
    Uint8Array.from({ length: 24 }, (_, i) => i + 1),
  );
  const text = await startCli(['info', join(folder, 'v.json')]).finished;
  expect(text.stdout).toContain('raw, 4 × 3 × 2 voxels, uint8, 1 channel');
  expect(text.stdout).toContain('size of a voxel: 4 × 5 × 30 nm');
  expect(text.stdout).toContain('values in a sample: 1 to 24, 24 different');
  const json = await startCli(['info', join(folder, 'v.json'), '--json']).finished;
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: 'raw',
    size: [4, 3, 2],
    resolutionNm: [4, 5, 30],
    values: [{ least: 1, most: 24, different: 24 }],
  });
});

test('info shows 64-bit ids exactly', async () => {
  const folder = await temporaryFolder();
  const description = { file: 'v.raw', size: [4, 1, 1], dataType: 'uint64', resolution: [4, 5, 30] };
  await writeFile(join(folder, 'v.json'), JSON.stringify(description));
  const ids = [18446744073709551615n, 18446744073709551614n, 9007199254740993n, 9007199254740992n];
  await writeFile(join(folder, 'v.raw'), new BigUint64Array(ids));
  const text = await startCli(['info', join(folder, 'v.json')]).finished;
  expect(text.stdout).toContain('values in a sample: 9007199254740992 to 18446744073709551615, 4 different');
  const json = await startCli(['info', join(folder, 'v.json'), '--json']).finished;
  expect(JSON.parse(json.stdout)).toMatchObject({
    values: [{ least: '9007199254740992', most: '18446744073709551615', different: 4 }],
  });
});

test('info of what an unfinished job has written says that it is to be resumed', async () => {
  const folder = await temporaryFolder();
  const description = { file: 'v.raw', size: [4, 1, 1], dataType: 'uint8', resolution: [4, 5, 30] };
  await writeFile(join(folder, 'v.json'), JSON.stringify(description));
  await writeFile(join(folder, 'v.raw'), Uint8Array.from([1, 2, 3, 4]));
  const output = join(folder, 'dataset');
  const planned = await startCli(['plan', join(folder, 'v.json'), output, '--type', 'segmentation']).finished;
  expect([planned.code, planned.stderr]).toEqual([0, '']);
  const { code, stderr } = await startCli(['info', output]).finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining('must be resumed first')]);
});

test.each([
  ['info'],
  ['verify'],
  ['link', '--url', 'https://example.org/cells'],
  ['mesh', '--dry-run'],
  ['publish', 'file:/nonexistent/cells', '--dry-run', '--no-check'],
  ['export', 'cells.npy', '--dry-run'],
  ['convert', 'out', '--dry-run'],
])('%s takes the file info of a dataset for its folder', async (command, ...more) => {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [32, 16, 8], () => 5n);
  const { code, stderr } = await runCli([command, join(folder, 'info'), ...more]);
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')]);
});

test('a file named info that can be no file is no fault of the program', async () => {
  const file = join(await temporaryFolder(), 'cells.npy');
  await writeFile(file, '');
  const { code, stderr } = await runCli(['info', join(file, 'info')]);
  expect([code, stderr]).toEqual([1, expect.not.stringContaining('report it')]);
});
