import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { partIndex } from '../../../src/main/cli/cluster/part-index';
import { arrayOf } from '../../../src/main/engine/cluster/array-ranges';
import { partsOfTasks, tasksOfPart } from '../../../src/main/engine/cluster/share-out';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { runCli, startCli, type CliResult } from '../../run-cli';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const folder = sharedTemporaryFolder();
const input = join(folder, 'stack');
/** All that a job may make. */
const OPTIONS = [
  '--resolution',
  '16,16,40',
  '--chunk-size',
  '32',
  '--components',
  '26',
  '--mesh-block',
  '32',
];
const SHARDED = ['--sharding', 'always', '--shard-size', '1MiB', '--scales', '2'];
let local: string;

interface Planned {
  readonly stages: readonly { readonly name: string; readonly tasks: number; readonly parts: number }[];
}

async function plan(output: string, ...more: string[]): Promise<Planned> {
  const flags = [...OPTIONS, ...SHARDED, '--workers', '1', '--memory', '500MiB', '--json', ...more];
  const result = await runCli(['plan', input, output, ...flags]);
  expect(result.stderr).toBe('');
  return JSON.parse(result.stdout) as Planned;
}

function work(output: string, stage: string, part: number): Promise<CliResult> {
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(part) };
  return runCli(['work', output, '--stage', stage], { env });
}

beforeAll(async () => {
  await writeSampleStack(input, { size: [100, 90, 60], dataType: 'uint64', seed: 1 });
  local = join(folder, 'local');
  const result = await runCli(['convert', input, local, ...OPTIONS, ...SHARDED, '--workers', '2']);
  expect(result.code).toBe(0);
});

describe('a job that many processes do', () => {
  test('ends with the bytes of a local one, whatever is killed, missing, early or done twice', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const { stages } = await plan(output, '--tasks-per-part', '4');
    expect(stages.map(({ name }) => name)).toEqual([
      'components',
      'component-ids',
      'volume',
      'shards-volume',
      'mesh-blocks',
      'mesh-labels',
    ]);
    const early = await runCli(['finish', output]);
    expect(early.code).toBe(1);
    expect(early.stderr).toContain(`components: `);
    const wrongOrder = await work(output, 'volume', 0);
    expect(wrongOrder.code).toBe(1);
    expect(wrongOrder.stderr).toContain('comes before volume');
    for (const { name, parts } of stages) {
      const killed = startCli(['work', output, '--stage', name, '--index', '0', '--json']);
      killed.child.stdout?.once('data', () => killed.child.kill('SIGKILL'));
      await killed.finished;
      // The first part is done by two at the same time.
      const indices = [0, ...Array.from({ length: parts }, (_, i) => i)];
      for (let i = 0; i < indices.length; i += 2) {
        const results = await Promise.all(indices.slice(i, i + 2).map((part) => work(output, name, part)));
        expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(results.map(() => [0, '']));
      }
    }
    const labels = stages.at(-1);
    const done = join(output, '.precomputed-studio/job/done/mesh-labels');
    await rm(join(done, '0'));
    const again = await runCli(['finish', output]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`mesh-labels: 1 of ${labels?.tasks} tasks are missing: --array=0\n`);
    expect(await readdir(join(output, '.precomputed-studio/job'))).not.toContain('lock');
    expect((await work(output, 'mesh-labels', 0)).code).toBe(0);
    const finished = await runCli(['finish', output]);
    expect([finished.code, finished.stderr]).toEqual([0, expect.stringContaining('Resumed')]);
    expect(await hashTree(output)).toBe(await hashTree(local));
  });

  test('waits until it is planned, in a folder that is free', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const none = await runCli(['work', output, '--stage', 'volume', '--index', '0']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('holds no job that was planned')]);
    await plan(output);
    const twice = await runCli(['plan', input, output, ...OPTIONS]);
    expect([twice.code, twice.stderr]).toEqual([
      1,
      expect.stringContaining('already holds an unfinished job'),
    ]);
    const stage = await runCli(['work', output, '--stage', 'nothing', '--index', '0']);
    expect([stage.code, stage.stderr]).toEqual([2, expect.stringContaining("no stage 'nothing'")]);
    const part = await runCli(['work', output, '--stage', 'components', '--index', '999']);
    expect([part.code, part.stderr]).toEqual([2, expect.stringContaining('counted from 0')]);
  });

  test('stops at SIGTERM with exit code 130, and keeps what is done', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await plan(output);
    const { child, finished } = startCli(['work', output, '--stage', 'components', '--index', '0', '--json']);
    child.stdout?.once('data', () => child.kill('SIGTERM'));
    expect((await finished).code).toBe(130);
    expect((await work(output, 'components', 0)).code).toBe(0);
  });
});

describe('scripts', () => {
  test.each(['slurm', 'shell'])('for %s hold paths with quotes and blanks', async (scheduler) => {
    const output = join(await temporaryFolder(), "o'clock data");
    await plan(output, '--for', scheduler);
    const job = join(output, '.precomputed-studio/job');
    const script = join(job, 'submit.sh');
    const text = await readFile(scheduler === 'slurm' ? join(job, 'part.sh') : script, 'utf8');
    expect(text).toContain(`'${output.replace("'", `'\\''`)}'`);
  });
});

test('parts are neighbouring tasks, each task in one', () => {
  for (const [tasks, parts] of [
    [1, 1],
    [7, 3],
    [10, 10],
    [1600, 1000],
  ] as const) {
    const stage = { name: 'stage', tasks, parts };
    let next = 0;
    for (let part = 0; part < parts; part++) {
      const { first, end } = tasksOfPart(stage, part);
      expect(first).toBe(next);
      expect(end).toBeGreaterThan(first);
      for (let task = first; task < end; task++) expect(partsOfTasks(stage, [task])).toEqual([part]);
      next = end;
    }
    expect(next).toBe(tasks);
  }
});

test('missing parts are written as arrays of schedulers', () => {
  expect(arrayOf([3])).toBe('3');
  expect(arrayOf([0, 1, 2, 3, 17, 90, 91])).toBe('0-3,17,90-91');
});

test.each([
  [{ SLURM_ARRAY_TASK_ID: '4' }, 4],
  [{ JOB_COMPLETION_INDEX: '0' }, 0],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: '7' }, 7],
  [{ PBS_ARRAY_INDEX: '2' }, 2],
  [{ SGE_TASK_ID: '1' }, 0],
  [{ SGE_TASK_ID: 'undefined', LSB_JOBINDEX: '3' }, 2],
])('the scheduler says which part it is: %j', (environment, part) => {
  expect(partIndex(undefined, environment)).toBe(part);
  expect(partIndex(9, environment)).toBe(9);
  expect(() => partIndex(undefined, {})).toThrow('no scheduler says');
});
