import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isStudioError, type StudioError } from '../../../src/shared/base/errors';
import { convertVolume, type Flags } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { readScales } from '../../independent-reader';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree, listTree } from '../../tree-hash';

const VOLUME = labelVolume('uint32', [40, 30, 20]);
const input = join(sharedTemporaryFolder(), 'stack');
const FLAGS = { chunkSize: '16' };

beforeAll(() => writeTiffStack(input, VOLUME));

type Mode = Partial<{ resume: boolean; overwrite: boolean; signal: AbortSignal }>;

async function refusal(output: string, flags: Flags = FLAGS, mode: Mode = {}): Promise<StudioError> {
  const error: unknown = await convertVolume(input, output, flags, mode).catch((thrown: unknown) => thrown);
  if (isStudioError(error)) return error;
  throw new Error('nothing was refused', { cause: error });
}

/** Begins a job, and cancels it before its first task. */
async function unfinishedJob(flags: Flags = FLAGS): Promise<string> {
  const output = join(await temporaryFolder(), 'dataset');
  const error = await refusal(output, flags, { signal: AbortSignal.abort() });
  expect(error.tag).toBe('cancelled');
  return output;
}

describe('a folder that holds a dataset', () => {
  test('is refused and left as it is', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await convertVolume(input, output, FLAGS);
    const before = await hashTree(output);
    const error = await refusal(output);
    expect(error.tag).toBe('invalid-input');
    expect(error.message).toContain('already holds a dataset');
    expect(error.remedy).toContain('--overwrite');
    expect(await hashTree(output)).toBe(before);
  });

  test('is complete when the same job is resumed, and refused when another one is', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await convertVolume(input, output, FLAGS);
    const before = await hashTree(output);
    const { summary, events } = await convertVolume(input, output, FLAGS, { resume: true });
    expect(summary).toMatchObject({ files: 0, bytesWritten: 0, voxels: 24000 });
    expect(events).toEqual([]);
    expect((await refusal(output, { chunkSize: '8' }, { resume: true })).fields['code']).toBe(
      'settings-changed',
    );
    expect(await hashTree(output)).toBe(before);
  });

  test('is replaced by --overwrite, other files in it left alone', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await convertVolume(input, output, { resolution: '5,5,5', chunkSize: '8', layout: 'plain' });
    await mkdir(join(output, 'mesh-of-mine'));
    await writeFile(join(output, 'mesh-of-mine', 'a'), 'a');
    await writeFile(join(output, 'notes.txt'), 'b');
    await convertVolume(input, output, FLAGS, { overwrite: true });
    const names = await listTree(output);
    expect(names.filter((name) => name.startsWith('5_5_5'))).toEqual([]);
    expect(names).toContain('mesh-of-mine/a');
    expect(names).toContain('notes.txt');
    const [scale] = await readScales(output);
    expect(scale?.data).toEqual(VOLUME.data);
  });

  test('is replaced by --overwrite even where its info is broken', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await convertVolume(input, output, FLAGS);
    const undisturbed = await hashTree(output);
    await writeFile(join(output, 'info'), '{ "scales": [');
    await writeFile(join(output, '8_8_8', '900-916_0-16_0-16.gz'), 'stray');
    await convertVolume(input, output, FLAGS, { overwrite: true });
    expect(await hashTree(output)).toBe(undisturbed);
  });

  test('may be a link to a folder', async () => {
    const folder = await temporaryFolder();
    const output = join(folder, 'link');
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), output);
    await convertVolume(input, output, FLAGS);
    await convertVolume(input, output, FLAGS, { overwrite: true });
    expect(await listTree(join(folder, 'real'))).toContain('info');
  });
});

describe('a folder that holds other files', () => {
  test.each([{}, { resume: true }, { overwrite: true }])('is refused with %j', async (mode) => {
    const output = await temporaryFolder();
    await writeFile(join(output, 'thesis.docx'), 'years of work');
    const error = await refusal(output, FLAGS, mode);
    expect(error.message).toContain('is not empty');
    expect(await listTree(output)).toEqual(['thesis.docx']);
  });

  test('is free when a file manager put them there', async () => {
    const output = await temporaryFolder();
    await writeFile(join(output, '.DS_Store'), 'of the Finder');
    await convertVolume(input, output, FLAGS);
    expect(await listTree(output)).toContain('.DS_Store');
  });
});

describe('an output that can not be', () => {
  test.each(['', 'inner', 'a/b/c'])('inside the input (%j)', async (below) => {
    const error = await refusal(join(input, below));
    expect(error.tag).toBe('invalid-input');
    expect(error.fields['options']).toEqual(['output']);
    expect(await listTree(input)).toHaveLength(20);
  });

  test('around the input', async () => {
    expect((await refusal(join(input, '..'))).fields['options']).toEqual(['output']);
  });

  test('inside the input by a link', async () => {
    const link = join(await temporaryFolder(), 'link');
    await symlink(input, link);
    expect((await refusal(join(link, 'dataset'))).fields['options']).toEqual(['output']);
  });

  test('a folder whose name only begins like the input', async () => {
    const output = `${input}-dataset`;
    await convertVolume(input, output, FLAGS);
    expect(await listTree(output)).toContain('info');
  });

  test.each(['file', 'file/below'])('where a file stands (%s)', async (name) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'here already');
    const error = await refusal(join(folder, name));
    expect(error.tag).toBe('invalid-input');
    expect(error.message).toContain('a part of the path is a file');
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('here already');
  });
});

describe('an unfinished job', () => {
  test('is neither restarted nor continued unless an option asks for it', async () => {
    const error = await refusal(await unfinishedJob());
    expect(error.message).toContain('already holds an unfinished job');
    expect(error.remedy).toMatch(/--resume.*--overwrite/);
  });

  test('is not resumed with other settings, and each is named', async () => {
    const output = await unfinishedJob();
    const error = await refusal(output, { chunkSize: '16', skipEmpty: true, scales: '2' }, { resume: true });
    expect(error.fields['code']).toBe('settings-changed');
    expect(error.details).toEqual(['skipEmpty: false before, true now', 'scales: default before, 2 now']);
    await convertVolume(input, output, { ...FLAGS, workers: 1 }, { resume: true });
  });

  test('is not resumed with a changed input', async () => {
    const stack = join(await temporaryFolder(), 'stack');
    const output = join(await temporaryFolder(), 'dataset');
    await writeTiffStack(stack, VOLUME);
    const job = (mode: Mode) => convertVolume(stack, output, FLAGS, mode);
    await expect(job({ signal: AbortSignal.abort() })).rejects.toMatchObject({ tag: 'cancelled' });
    await writeTiffStack(stack, labelVolume('uint32', [40, 30, 20], 99));
    await rename(join(stack, 'slice-019.tif'), join(stack, 'slice-0019.tif'));
    await expect(job({ resume: true })).rejects.toMatchObject({ fields: { code: 'input-changed' } });
    await job({ overwrite: true });
  });

  test('is not resumed where another version began it', async () => {
    const output = await unfinishedJob();
    const path = join(output, '.precomputed-studio', 'job', 'job.json');
    const job = JSON.parse(await readFile(path, 'utf8')) as { info: object };
    await writeFile(path, JSON.stringify({ ...job, info: { ...job.info, num_channels: 2 } }));
    expect((await refusal(output, FLAGS, { resume: true })).fields['code']).toBe('version-changed');
  });

  test('is restarted by --overwrite even if its record is damaged', async () => {
    const output = await unfinishedJob();
    await writeFile(join(output, '.precomputed-studio', 'job', 'job.json'), '');
    const error = await refusal(output, FLAGS, { resume: true });
    expect(error.message).toContain('is damaged');
    expect(error.remedy).toContain('--overwrite');
    await convertVolume(input, output, FLAGS, { overwrite: true });
    expect(await listTree(output)).toContain('info');
  });

  test.each([{ resume: true }, { overwrite: true }])('is left alone by %j while it runs', async (mode) => {
    const output = await unfinishedJob();
    const lock = join(output, '.precomputed-studio', 'job', 'lock');
    // The parent of the test's process is running.
    await writeFile(lock, `${process.ppid} ${hostname()}`);
    const error = await refusal(output, FLAGS, mode);
    expect(error.message).toContain(`process ${process.ppid}`);
    expect(error.remedy).toContain(lock);
    expect(await listTree(output)).toEqual([
      '.precomputed-studio/job/job.json',
      '.precomputed-studio/job/lock',
    ]);
  });

  test('is resumed with the memory that it was begun with, unless another is given', async () => {
    const output = await unfinishedJob({ ...FLAGS, memory: '3GiB' });
    const { events } = await convertVolume(input, output, FLAGS, { resume: true });
    const started = events.find(({ event }) => event === 'started');
    expect(started).toHaveProperty(
      'memoryBytes',
      expect.toSatisfy((bytes) => Number(bytes) >= 3 * 2 ** 30),
    );
  });
});
