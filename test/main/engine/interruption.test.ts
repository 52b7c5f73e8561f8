import { mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { randomWords } from '../../random';
import { eventsOf, runCli, type CliResult } from '../../run-cli';
import { stoppingItself } from '../../stopping-itself';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree, listTree } from '../../tree-hash';

/** So little memory that the volume is split into many blocks, and the work into many tasks of several stages. */
const OPTIONS = [
  '--resolution',
  '8,8,16',
  '--chunk-size',
  '16',
  '--scales',
  '4',
  '--workers',
  '2',
  '--mesh',
  'none',
];

const folder = sharedTemporaryFolder();
const input = join(folder, 'stack');
let undisturbed: string;
let taskCount: number;
let flags: string[];

beforeAll(async () => {
  await writeTiffStack(input, labelVolume('uint64', [97, 83, 61]), { rowsPerStrip: 16 });
  const refusal = await runCli([
    'convert',
    input,
    join(folder, 'none'),
    ...OPTIONS,
    '--json',
    '--memory',
    '1MiB',
  ]);
  const least = /needs (\d+)MiB/.exec(refusal.stdout)?.[1];
  flags = [...OPTIONS, '--json', '--memory', `${least}MiB`];
  const output = join(folder, 'undisturbed');
  const result = await runCli(['convert', input, output, ...flags]);
  expect(result.code).toBe(0);
  taskCount = eventsOf(result).filter(({ event }) => event === 'task-done').length;
  undisturbed = await hashTree(output);
});

function convert(output: string, ...more: string[]): string[] {
  return ['convert', input, output, ...flags, ...more];
}

/** Runs until `tasks` more tasks are done, and `delayMs` longer; then the signal is sent. */
function interrupt(
  args: readonly string[],
  signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM',
  tasks: number,
  delayMs = 0,
): Promise<CliResult> {
  return runCli(args, { env: stoppingItself(signal, tasks, delayMs) });
}

describe('a job that is killed', () => {
  test.each([1, 2])('ends with the same bytes when it is resumed until done (%i)', async (seed) => {
    const output = join(await temporaryFolder(), 'dataset');
    const next = randomWords(seed * 7919);
    let kills = 0;
    let done = 0;
    for (let attempt = 0; attempt < 60; attempt++) {
      const tasks = next() % Math.ceil(taskCount / 4);
      const result = await interrupt(convert(output, '--resume'), 'SIGKILL', tasks, next() % 30);
      if (result.code === 0) break;
      expect(result.stderr).toBe('');
      kills++;
      const events = eventsOf(result);
      const started = events.find((event) => event.event === 'started');
      // Every task that one run reports as done counts as done in the next.
      if (started !== undefined) {
        expect(started.resumedTasks).toBeGreaterThanOrEqual(done);
        done = started.resumedTasks + events.filter(({ event }) => event === 'task-done').length;
      }
    }
    expect(kills).toBeGreaterThan(1);
    expect(await hashTree(output)).toBe(undisturbed);
  });

  test('after each of its tasks ends with the same shards', async () => {
    const folders = await temporaryFolder();
    const sharded = ['--sharding', 'always', '--shard-size', '1MiB'];
    const whole = join(folders, 'whole');
    const events = eventsOf(await runCli(convert(whole, ...sharded)));
    const tasks = events.filter(({ event }) => event === 'task-done').length;
    const expected = await hashTree(whole);
    const [output, next] = [join(folders, 'killed'), randomWords(5)];
    for (let task = 0; task <= tasks; task += 1 + (next() % 3)) {
      const result = await interrupt(
        convert(output, '--resume', ...sharded),
        'SIGKILL',
        1 + (next() % 3),
        next() % 20,
      );
      if (result.code === 0) break;
    }
    expect((await runCli(convert(output, '--resume', ...sharded))).code).toBe(0);
    expect(await hashTree(output)).toBe(expected);
  });

  test('while it gathers shards does again what somebody has deleted', async () => {
    const folders = await temporaryFolder();
    const sharded = ['--sharding', 'always', '--shard-size', '1MiB'];
    const whole = join(folders, 'whole');
    const events = eventsOf(await runCli(convert(whole, ...sharded)));
    const stages = events.filter((event) => event.event === 'task-done').map(({ stage }) => stage);
    const output = join(folders, 'killed');
    // In the middle of the shards of the first scale, when some of its packs have been removed.
    const tasks = stages.findIndex((stage) => stage.startsWith('shards-')) + 4;
    await interrupt(convert(output, ...sharded), 'SIGKILL', tasks);
    const shards = (await listTree(output)).filter((path) => path.endsWith('.shard'));
    expect(shards.length).toBeGreaterThan(3);
    expect(await listTree(join(output, '.precomputed-studio/job/packs'))).not.toEqual([]);
    await rm(join(output, shards[0] ?? ''));
    await truncate(join(output, shards[2] ?? ''), 100);
    const resumed = await runCli(convert(output, '--resume', ...sharded));
    expect(resumed.code).toBe(0);
    const again = eventsOf(resumed).filter((event) => event.event === 'task-done');
    expect(again.length).toBeLessThan(stages.length);
    expect(await hashTree(output)).toBe(await hashTree(whole));
  });

  test('while it meshes ends with the same meshes', async () => {
    const [tissue, outputs] = [join(await temporaryFolder(), 'tissue'), await temporaryFolder()];
    await writeSampleStack(tissue, { size: [100, 90, 40], dataType: 'uint64', seed: 1 });
    const meshing = (name: string, ...more: string[]) => {
      const settings = ['--resolution', '16,16,40', '--mesh-block', '32', '--workers', '2', '--json'];
      return ['convert', tissue, join(outputs, name), ...settings, ...more];
    };
    const whole = await runCli(meshing('whole'));
    expect(whole.code).toBe(0);
    const tasks = eventsOf(whole).filter(({ event }) => event === 'task-done').length;
    let resumed = 0;
    for (const share of [0.2, 0.3, 0.3, 0.1]) {
      const result = await interrupt(meshing('killed', '--resume'), 'SIGKILL', Math.ceil(tasks * share));
      const started = eventsOf(result).find(({ event }) => event === 'started');
      resumed = Math.max(resumed, started?.event === 'started' ? started.resumedTasks : 0);
    }
    expect(resumed).toBeGreaterThan(tasks / 2);
    const last = await runCli(meshing('killed', '--resume'));
    expect(last.code).toBe(0);
    expect(await hashTree(join(outputs, 'killed'))).toBe(await hashTree(join(outputs, 'whole')));
    const written = (result: CliResult) => {
      const end = eventsOf(result).at(-1);
      return end?.event === 'done' ? [end.summary.bytesWritten, end.summary.files] : undefined;
    };
    expect(written(whole)).toBeDefined();
    expect(written(last)).toEqual(written(whole));
  });

  test('in its last moments, when only info and provenance are to be written', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await interrupt(convert(output), 'SIGKILL', taskCount);
    for (let attempt = 0; attempt < 3; attempt++) {
      await interrupt(convert(output, '--resume'), 'SIGKILL', 0, attempt * 5);
    }
    const result = await runCli(convert(output, '--resume'));
    expect(result.code).toBe(0);
    expect(await hashTree(output)).toBe(undisturbed);
  });

  test('after info was written, with its own folder left half deleted', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    expect((await runCli(convert(output))).code).toBe(0);
    await mkdir(join(output, '.precomputed-studio', 'job', 'scratch'), { recursive: true });
    await writeFile(join(output, '.precomputed-studio', 'job', 'lock'), '1 gone');
    expect((await runCli(convert(output, '--resume'))).code).toBe(0);
    expect(await hashTree(output)).toBe(undisturbed);
  });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('a job that gets %s', (signal) => {
  test('ends as cancelled, lets go of its lock and goes on when resumed', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const result = await interrupt(convert(output), signal, 2);
    expect(result.code).toBe(130);
    expect(result.stderr).toBe('');
    expect(eventsOf(result).at(-1)).toEqual({ event: 'cancelled' });
    const names = await readdir(join(output, '.precomputed-studio', 'job'));
    expect(names).toEqual(expect.arrayContaining(['job.json', 'done']));
    for (const gone of ['lock', 'scratch']) expect(names).not.toContain(gone);
    expect(await listTree(output)).not.toContain('info');
    expect((await runCli(convert(output))).code).toBe(1);
    const resumed = await runCli(convert(output, '--resume'));
    expect(resumed.code).toBe(0);
    expect(eventsOf(resumed).find(({ event }) => event === 'started')).toMatchObject({
      resumedTasks: expect.toSatisfy((count: number) => count >= 2) as number,
    });
    expect(await hashTree(output)).toBe(undisturbed);
  });
});
