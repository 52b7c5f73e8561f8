import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

describe('the demo', () => {
  test.each(['stack/notes.txt', 'stack/slice_0000.tif', 'dataset/info', 'dataset/notes.txt'])(
    'leaves a folder alone that holds %s',
    async (name) => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), '{}');
      const before = await hashTree(folder);
      const result = await runCli(['demo', '--dir', folder, '--no-open']);
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/already exists|isn't empty/);
      expect(await hashTree(folder)).toBe(before);
    },
  );
});

describe('an address where a path must stand', () => {
  test.each([
    ['convert', 'in', 'out', '--ids-file', 'https://example.com/ids.csv'],
    ['mesh', 'dataset', '--names', 'https://example.com/names.csv'],
    ['serve', 's3://bucket/x'],
    ['sample', 's3://bucket/x'],
    ['link', 's3://bucket/x', '--url', 'https://example.com'],
    ['publish', 's3://bucket/x', 's3://bucket/y'],
    ['demo', '--dir', 's3://bucket/x'],
  ])('is refused as wrong usage: %s %s', async (...args) => {
    const folder = await temporaryFolder();
    const result = await runCli(args, { cwd: folder });
    expect(result.stderr).toMatch(/(s3|gs|https):\/\/ addresses can't be used here/);
    expect(result.code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });
});
