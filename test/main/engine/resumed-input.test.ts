import { cp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JobEvent } from '../../../src/shared/api/job-events';
import { writeSampleStack } from '../../../src/main/sources/sample';
import type { JobOptions } from '../../../src/main/engine/run/run-job';
import { convertVolume, type Converted } from '../../convert-volume';
import { randomWords } from '../../random';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const SIZE = [100, 90, 128] as const;
const folder = sharedTemporaryFolder();
const sample = join(folder, 'sample');
const other = join(folder, 'other');
let memory: string;

beforeAll(async () => {
  await writeSampleStack(sample, { size: SIZE, dataType: 'uint32', seed: 1 });
  await writeSampleStack(other, { size: SIZE, dataType: 'uint32', seed: 2 });
  const refusal: unknown = await convert(sample, join(folder, 'none'), '1MiB').catch(String);
  memory = `${/needs (\d+)MiB/.exec(String(refusal))?.[1]}MiB`;
});

/** Converts with so little memory that the volume is split into many blocks. */
function convert(input: string, output: string, most = memory, options = {}): Promise<Converted> {
  return convertVolume(input, output, { chunkSize: '16', memory: most, workers: 1 }, options);
}

/** Stops a job after some tasks, with its own copy of the stack. */
async function stopped(tasks: number): Promise<{ input: string; output: string; done: number }> {
  const [input, output] = [join(await temporaryFolder(), 'stack'), join(await temporaryFolder(), 'dataset')];
  await cp(sample, input, { recursive: true, preserveTimestamps: true });
  const stop = new AbortController();
  let done = 0;
  const emit = ({ event }: JobEvent) => {
    if (event === 'task-done' && ++done === tasks) stop.abort();
  };
  const job = convert(input, output, memory, { signal: stop.signal, emit });
  await expect(job).rejects.toMatchObject({ tag: 'cancelled' });
  return { input, output, done };
}

async function resume(input: string, output: string): Promise<{ resumed: number; warnings: string[] }> {
  const { events } = await convert(input, output, memory, { resume: true });
  const started = events.find(({ event }) => event === 'started');
  const warnings = events.flatMap((event) =>
    event.event === 'log' && event.level === 'warning' ? event.message : [],
  );
  return { resumed: started?.event === 'started' ? started.resumedTasks : NaN, warnings };
}

async function expectAsNew(input: string, output: string): Promise<void> {
  const fresh = join(await temporaryFolder(), 'dataset');
  await convert(input, fresh);
  expect(await hashTree(output)).toBe(await hashTree(fresh));
}

/** Replaces a slice by one of other tissue, with the same time. */
async function exchange(input: string, name: string): Promise<void> {
  const { atime, mtime } = await stat(join(input, name));
  await cp(join(other, name), join(input, name));
  await utimes(join(input, name), atime, mtime);
}

/** Overwrites bytes in the middle of the compressed voxels, so that the header stays valid. */
async function damage(input: string, name: string): Promise<void> {
  const bytes = await readFile(join(input, name));
  bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 16);
  await writeFile(join(input, name), bytes);
}

describe('a job whose input', () => {
  test('was moved and touched goes on as if nothing were', async () => {
    const { input, output, done } = await stopped(5);
    const now = new Date();
    for (const name of await readdir(input)) await utimes(join(input, name), now, now);
    await rename(input, `${input}-moved`);
    expect(await resume(`${input}-moved`, output)).toEqual({ resumed: done, warnings: [] });
    await expectAsNew(`${input}-moved`, output);
  });

  test('has other slices now does again what used them, and names them', async () => {
    const { input, output, done } = await stopped(12);
    await exchange(input, 'slice_0003.tif');
    await exchange(input, 'slice_0126.tif');
    const { resumed, warnings } = await resume(input, output);
    expect(resumed).toBeLessThan(done);
    expect(resumed).toBeGreaterThan(0);
    expect(warnings.join()).toContain('slice_0003.tif, slice_0126.tif');
    await expectAsNew(input, output);
  });

  test('is another one is refused', async () => {
    const { output } = await stopped(5);
    const error = { tag: 'invalid-input', fields: { code: 'input-changed' } };
    await expect(resume(other, output)).rejects.toMatchObject(error);
  });

  test('is damaged: all damaged slices are reported, the rest is converted, and the job continues when they are replaced', async () => {
    const { input, output, done } = await stopped(2);
    const names = ['slice_0030.tif', 'slice_0031.tif', 'slice_0036.tif'];
    for (const name of names) await damage(input, name);
    const error = await resume(input, output).catch((thrown: unknown) => thrown as { details: string[] });
    expect(error).toMatchObject({ tag: 'invalid-input', message: "3 parts of the input can't be read." });
    for (const name of names) expect('details' in error && error.details.join('\n')).toContain(name);
    const { remedy = '' } = error as { remedy?: string };
    expect(remedy.split('--resume')).toHaveLength(2);
    for (const name of names) await cp(join(sample, name), join(input, name));
    const { resumed } = await resume(input, output);
    expect(resumed).toBeGreaterThan(done);
    await expectAsNew(input, output);
  });
});

test.each([1, 2])('all damaged slices of one block are reported, with %d workers', async (workers) => {
  const input = join(await temporaryFolder(), 'stack');
  await writeSampleStack(input, { size: [256, 256, 128], dataType: 'uint32', seed: 1 });
  const names = ['slice_0005.tif', 'slice_0060.tif', 'slice_0120.tif'];
  for (const name of names) await damage(input, name);
  const options = { chunkSize: '16', memory: '1GiB', workers };
  const job = convertVolume(input, join(await temporaryFolder(), 'dataset'), options);
  await expect(job).rejects.toMatchObject({
    message: "3 parts of the input can't be read.",
    details: names.map((name): unknown => expect.stringContaining(name)),
  });
});

test('files of finished tasks that are gone or cut off are made again', async () => {
  const { input, output } = await stopped(12);
  const scale = join(output, '8_8_8');
  const [gone = '', cut = ''] = await readdir(scale);
  await rm(join(scale, gone));
  await writeFile(join(scale, cut), '');
  const { warnings } = await resume(input, output);
  expect(warnings.join()).toContain('Done again');
  await expectAsNew(input, output);
});

test('a gzipped volume whose checksum was wrong is read again as a whole', async () => {
  const input = join(await temporaryFolder(), 'volume.nrrd');
  const output = join(await temporaryFolder(), 'dataset');
  const random = randomWords(3);
  const voxels = Buffer.from(Uint32Array.from({ length: 100 * 90 * 128 }, () => random()).buffer);
  const header =
    'NRRD0004\ntype: uint32\nendian: little\ndimension: 3\nsizes: 100 90 128\nencoding: gzip\n\n';
  // At level 0, only the checksum shows that a byte has changed.
  const whole = Buffer.concat([Buffer.from(header), gzipSync(voxels, { level: 0 })]);
  const damaged = Buffer.from(whole);
  damaged[100_000] = (damaged[100_000] ?? 0) ^ 1;
  const convertImage = (to: string, most: string, options: Partial<JobOptions> = {}) =>
    convertVolume(input, to, { type: 'image', chunkSize: '16', memory: most, workers: 1 }, options);
  await writeFile(input, damaged);
  const refusal: unknown = await convertImage(output, '1MiB').catch(String);
  const least = `${/needs (\d+)MiB/.exec(String(refusal))?.[1]}MiB`;
  await expect(convertImage(output, least)).rejects.toMatchObject({
    message: expect.stringContaining('checksum is wrong'),
    remedy: expect.stringContaining('all parts of the output are made again'),
  });
  await writeFile(input, whole);
  const { events } = await convertImage(output, least, { resume: true });
  expect(events.find(({ event }) => event === 'started')).toMatchObject({ resumedTasks: 0 });
  const fresh = join(await temporaryFolder(), 'dataset');
  await convertImage(fresh, least);
  expect(await hashTree(output)).toBe(await hashTree(fresh));
});
