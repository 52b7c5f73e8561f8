import { cp, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { planConversion } from '../../../src/main/engine/job/conversion-plan';
import { runConversion } from '../../../src/main/engine/job/convert-job';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { boxOfShape } from '../../../src/shared/base/box';
import type { DataType } from '../../../src/shared/base/data-type';
import { isStudioError } from '../../../src/shared/base/errors';
import { convertVolume, WORKER_FILE } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { imageVolume, labelVolume } from '../../fixtures/volumes';
import { runCli, type CliResult } from '../../run-cli';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { listTree } from '../../tree-hash';

const sound = join(sharedTemporaryFolder(), 'stack');
beforeAll(() => writeTiffStack(sound, labelVolume('uint32', [40, 30, 12]), { rowsPerStrip: 10 }));

/** Returns a changed copy of the valid stack. */
async function stackWith(change: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(await temporaryFolder(), 'stack');
  await cp(sound, folder, { recursive: true });
  await change(folder);
  return folder;
}

/** Replaces a slice of the stack by another one. */
async function replaceSlice(folder: string, name: string, dataType: DataType, width: number): Promise<void> {
  const other = await temporaryFolder();
  await writeTiffStack(other, labelVolume(dataType, [width, 30, 1]));
  await cp(join(other, 'slice-000.tif'), join(folder, name));
}

async function convert(input: string, ...flags: string[]): Promise<CliResult & { readonly left: string[] }> {
  const folder = await temporaryFolder();
  const result = await runCli(['convert', input, join(folder, 'dataset'), '--resolution', '8,8,8', ...flags]);
  return { ...result, left: await listTree(folder) };
}

async function expectRefusal(input: string, words: readonly string[]): Promise<void> {
  const folder = await temporaryFolder();
  const error: unknown = await convertVolume(input, join(folder, 'dataset')).catch(
    (thrown: unknown) => thrown,
  );
  if (!isStudioError(error)) expect.fail(`not refused: ${String(error)}`);
  expect(error.tag).toBe('invalid-input');
  const shown = [error.message, ...error.details, error.remedy].join('\n');
  for (const text of words) expect(shown).toContain(text);
  expect(await listTree(folder)).toEqual([]);
}

describe('an input that is refused before anything is written', () => {
  test.each<[string, (folder: string) => Promise<void>, string[]]>([
    ['a gap', (folder) => rm(join(folder, 'slice-004.tif')), ['slice-004.tif is missing', '--gaps zero']],
    [
      'a number twice',
      (folder) => cp(join(folder, 'slice-004.tif'), join(folder, 'slice-4.tif')),
      ['slice-4.tif has the same number as slice-004.tif'],
    ],
    [
      'a slice of another size',
      (folder) => replaceSlice(folder, 'slice-003.tif', 'uint32', 41),
      ['slice-003.tif is 41 × 30 uint32, the others are 40 × 30 uint32'],
    ],
    [
      'a slice of another type',
      (folder) => replaceSlice(folder, 'slice-003.tif', 'uint16', 40),
      ['slice-003.tif is 40 × 30 uint16, the others are 40 × 30 uint32'],
    ],
    [
      'a text that is named .tif',
      (folder) => writeFile(join(folder, 'slice-005.tif'), 'a text that is long enough for a header'),
      ['slice-005.tif is not a TIFF file'],
    ],
    ['an empty file', (folder) => writeFile(join(folder, 'slice-005.tif'), ''), ['slice-005.tif is empty']],
    [
      'a file that is cut off',
      (folder) => truncate(join(folder, 'slice-006.tif'), 3000),
      ['slice-006.tif: the file ends at byte 3000'],
    ],
    [
      'all of these together',
      async (folder) => {
        await rm(join(folder, 'slice-007.tif'));
        await writeFile(join(folder, 'slice-005.tif'), '');
        await replaceSlice(folder, 'slice-003.tif', 'uint16', 40);
      },
      ['3 things are wrong', 'slice-007.tif is missing', 'slice-005.tif is empty', 'slice-003.tif is 40'],
    ],
  ])('%s', async (_, change, words) => {
    await expectRefusal(await stackWith(change), words);
  });

  test('a folder that is not there', async () => {
    const path = join(await temporaryFolder(), 'nothing');
    await expectRefusal(path, [path, 'there is no such file or folder', 'Check the path']);
  });

  test('an empty folder', async () => {
    const path = await temporaryFolder();
    await expectRefusal(path, [
      `The folder ${path} is empty.`,
      'Give the folder that holds your slices',
      'docs/input-formats.md',
    ]);
  });

  test('a folder of other files', async () => {
    const path = await temporaryFolder();
    await writeFile(join(path, 'notes.txt'), 'x');
    await expectRefusal(path, ['holds no volume that can be read', 'notes.txt']);
  });

  test('is reported on standard error in plain words, with exit code 1', async () => {
    const stack = await stackWith(async (folder) => {
      await rm(join(folder, 'slice-007.tif'));
      await writeFile(join(folder, 'slice-005.tif'), '');
    });
    const { code, stdout, stderr, left } = await convert(stack);
    expect({ code, stdout, left }).toEqual({ code: 1, stdout: '', left: [] });
    expect(stderr).toBe(
      `Error: Can't read the stack ${stack}: 2 things are wrong with it.\n` +
        '  - slice-007.tif is missing\n' +
        '  - slice-005.tif is empty\n' +
        'Put the missing slices back, or accept the gaps: --gaps zero puts empty slices there, --gaps close closes them.\n',
    );
  });

  test.each([
    [
      'floats',
      imageVolume('float32', [20, 20, 3]),
      'voxels are float32: labels of a segmentation are whole numbers',
    ],
    ['colours', imageVolume('uint8', [20, 20, 3], 3), 'each slice is a colour image (RGB)'],
  ])('%s for a segmentation', async (_, volume, words) => {
    const folder = await temporaryFolder();
    await writeTiffStack(folder, volume);
    await expectRefusal(folder, [words, '--type image']);
  });
});

describe('an input that turns out bad', () => {
  test('by a negative label is reported with its place, and no output stays', async () => {
    const folder = await temporaryFolder();
    const data = Int32Array.of(5, 3, -7, 1);
    await writeTiffStack(folder, { box: boxOfShape([2, 2, 1]), channels: 1, data });
    const { code, stderr, left } = await convert(folder);
    expect({ code, left }).toEqual({ code: 1, left: [] });
    expect(stderr).toContain('slice-000.tif, strip 0: the voxel at x 0, y 1, z 0 is negative: -7');
    expect(stderr).toContain('Segment ids must not be negative');
  });

  test('by a file that is cut off after it was looked at names the strip', async () => {
    const stack = await stackWith(() => Promise.resolve());
    const folder = await temporaryFolder();
    const output = join(folder, 'dataset');
    const job = { kind: 'convert', input: stack, output, resolution: '8,8,8', workers: 1 };
    const plan = await planConversion(parseConvertSpec(job));
    await truncate(join(stack, 'slice-006.tif'), 3000);
    const run = runConversion(plan, {
      resume: false,
      overwrite: false,
      workerFile: WORKER_FILE,
      signal: new AbortController().signal,
      emit: () => undefined,
    });
    await expect(run).rejects.toThrow(/slice-006\.tif/);
    expect(await listTree(folder)).toEqual([]);
  });
});

describe('files that are not slices', () => {
  test('are passed over and named', async () => {
    const stack = await stackWith(async (folder) => {
      for (const name of ['.DS_Store', 'Thumbs.db', 'README.txt']) await writeFile(join(folder, name), 'x');
    });
    const { code, stderr } = await convert(stack);
    expect(code).toBe(0);
    for (const name of ['Thumbs.db', 'README.txt']) expect(stderr).toContain(name);
  });
});

describe('a gap that is accepted', () => {
  test.each([
    ['zero', '40 × 30 × 12'],
    ['close', '40 × 30 × 11'],
  ])('by --gaps %s', async (how, size) => {
    const stack = await stackWith((folder) => rm(join(folder, 'slice-004.tif')));
    const { code, stdout } = await convert(stack, '--gaps', how, '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain(size);
  });
});
