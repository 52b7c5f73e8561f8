import { execFile } from 'node:child_process';
import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { partIndex } from '../../../src/main/cli/cluster/part-index';
import { arrayOf } from '../../../src/main/engine/cluster/array-ranges';
import { missingParts, tasksOfPart } from '../../../src/main/engine/cluster/share-out';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { counted } from '../../../src/shared/base/format-quantity';
import { describeWith } from '../../real-tool';
import { runCli, startCli, type CliResult, type RunningCli } from '../../run-cli';
import { stoppingItself } from '../../stopping-itself';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const folder = sharedTemporaryFolder();
const input = join(folder, 'stack');
/** Options with which a job makes every product. */
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

/** The parts of a Job (batch/v1) that are written. */
const kubernetesSchema = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    completionMode: z.literal('Indexed'),
    completions: z.int().min(1),
    parallelism: z.int(),
    backoffLimitPerIndex: z.int(),
    template: z.strictObject({
      spec: z.strictObject({
        restartPolicy: z.literal('Never'),
        terminationGracePeriodSeconds: z.int(),
        containers: z.tuple([
          z.strictObject({
            name: z.string(),
            image: z.string().regex(/^node:\d+$/),
            command: z.array(z.string()),
            resources: z.strictObject({
              requests: z.strictObject({ cpu: z.literal(1), memory: z.literal('1012Mi') }),
              limits: z.strictObject({ memory: z.literal('1012Mi') }),
            }),
            volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
          }),
        ]),
        volumes: z.array(
          z.strictObject({ name: z.string(), hostPath: z.strictObject({ path: z.string() }) }),
        ),
      }),
    }),
  }),
});

async function plan(output: string, ...more: string[]): Promise<Planned> {
  const flags = [...OPTIONS, ...SHARDED, '--workers', '1', '--memory', '500MiB', '--json', ...more];
  const result = await runCli(['plan', input, output, ...flags]);
  expect(result.stderr).toBe('');
  return JSON.parse(result.stdout) as Planned;
}

/** Waits until a command reports that a task is done. */
async function firstTask({ child }: RunningCli): Promise<void> {
  let printed = '';
  child.stdout?.on('data', (text: string) => (printed += text));
  await expect.poll(() => printed).toContain('"task-done"');
}

function work(output: string, stage: string, part: number): Promise<CliResult> {
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: String(part) };
  return runCli(['work', output, '--stage', stage], { env });
}

beforeAll(async () => {
  await writeSampleStack(input, { size: [70, 60, 40], dataType: 'uint64', seed: 1 });
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
      const first = ['work', output, '--stage', name, '--index', '0', '--json'];
      expect((await runCli(first, { env: stoppingItself('SIGKILL', 1) })).code).toBe(null);
      // Two workers do the first part at the same time.
      const indices = [0, ...Array.from({ length: parts }, (_, i) => i)];
      for (let i = 0; i < indices.length; i += 2) {
        const results = await Promise.all(indices.slice(i, i + 2).map((part) => work(output, name, part)));
        expect(results.map(({ code, stderr }) => (code === 0 ? 'done' : stderr))).toEqual(
          results.map(() => 'done'),
        );
      }
    }
    const labels = stages.at(-1);
    const done = join(output, '.precomputed-studio/job/done/mesh-labels');
    await rm(join(done, '0'));
    const again = await runCli(['finish', output]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(
      `mesh-labels: 1 of ${counted(labels?.tasks ?? 0, 'task')} missing: --array=0\n`,
    );
    expect(await readdir(join(output, '.precomputed-studio/job'))).not.toContain('lock');
    expect((await work(output, 'mesh-labels', 0)).code).toBe(0);
    const finished = await runCli(['finish', output]);
    expect([finished.code, finished.stderr]).toEqual([0, expect.stringContaining('Resumed')]);
    expect(finished.stdout).toMatch(/in 2 scales\. The dataset is complete\.\n$/);
    expect(await hashTree(output)).toBe(await hashTree(local));
  });

  test('waits until it is planned, in a folder that is free', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const none = await runCli(['work', output, '--stage', 'volume', '--index', '0']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('holds no job that was planned')]);
    await plan(output);
    const stage = await runCli(['work', output, '--stage', 'nothing', '--index', '0']);
    expect([stage.code, stage.stderr]).toEqual([2, expect.stringContaining("no stage 'nothing'")]);
    const part = await runCli(['work', output, '--stage', 'components', '--index', '999']);
    expect([part.code, part.stderr]).toEqual([2, expect.stringContaining('counted from 0')]);
  });

  test('is planned again as it is, with its script and other resources; another one is refused', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const first = await plan(output, '--for', 'slurm');
    expect(first).not.toHaveProperty('continued');
    expect((await work(output, 'components', 0)).code).toBe(0);
    const script = join(output, '.precomputed-studio/job/submit.sh');
    const before = await readFile(script, 'utf8');
    await rm(script);
    expect(await plan(output, '--for', 'slurm')).toEqual({ ...first, continued: true });
    expect(await readFile(script, 'utf8')).toBe(before);
    const same = ['plan', input, output, ...OPTIONS, ...SHARDED];
    const larger = await runCli([...same, '--workers', '2', '--for', 'slurm']);
    expect([larger.code, larger.stderr]).toEqual([0, '']);
    expect(larger.stdout).toContain('the same job was begun there before. What is done of it is kept.');
    expect(await readFile(script, 'utf8')).toContain('--cpus-per-task=2');
    const another = await runCli([...same, '--chunk-size', '64']);
    expect([another.code, another.stderr]).toEqual([
      1,
      expect.stringContaining('start again by using --overwrite'),
    ]);
    expect((await runCli(['work', output, '--any', '--finish'])).code).toBe(0);
    expect(await hashTree(output)).toBe(await hashTree(local));
  });

  test('can be a conversion that one machine has begun', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const convert = ['convert', input, output, ...OPTIONS, ...SHARDED, '--memory', '500MiB', '--json'];
    expect((await runCli(convert, { env: stoppingItself('SIGKILL', 1) })).code).toBe(null);
    expect(await plan(output)).toHaveProperty('continued', true);
    expect((await runCli(['work', output, '--any', '--finish'])).code).toBe(0);
    expect(await hashTree(output)).toBe(await hashTree(local));
  });

  test('makes again what a power failure took of the results of earlier stages', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await plan(output);
    for (const stage of ['components', 'component-ids', 'volume']) {
      expect((await work(output, stage, 0)).code).toBe(0);
    }
    const packs = join(output, '.precomputed-studio/job/packs/volume');
    const [first = ''] = await readdir(packs);
    await truncate(join(packs, first), 5);
    const lost = await work(output, 'shards-volume', 0);
    expect([lost.code, lost.stderr]).toEqual([
      1,
      expect.stringMatching(
        /volume comes before shards-volume[^]*volume: 1 of \d+ tasks? missing: --array=0\n/,
      ),
    ]);
    expect((await work(output, 'volume', 0)).code).toBe(0);
    await rm(packs, { recursive: true });
    expect((await runCli(['work', output, '--any', '--finish'])).code).toBe(0);
    expect(await hashTree(output)).toBe(await hashTree(local));
  });

  test('stops at SIGTERM with exit code 130, and keeps what is done', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await plan(output);
    const first = ['work', output, '--stage', 'components', '--index', '0', '--json'];
    expect((await runCli(first, { env: stoppingItself('SIGTERM', 0) })).code).toBe(130);
    expect((await work(output, 'components', 0)).code).toBe(0);
  });
});

describe('processes without a scheduler', () => {
  test('share the parts, take over those of one that was killed, and make the bytes of one process', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await plan(output, '--tasks-per-part', '2');
    const any = ['work', output, '--any', '--lease', '1', '--json'];
    expect((await runCli(any, { env: stoppingItself('SIGKILL', 1) })).code).toBe(null);
    const claims = join(output, '.precomputed-studio/job/claims');
    expect(await readdir(claims)).toEqual(['components.0']);
    // One stands still after its first task, until the other one has done a task too.
    const still = startCli(any, { env: stoppingItself('SIGSTOP', 1) });
    await firstTask(still);
    const other = startCli([...any, '--finish']);
    await firstTask(other);
    still.child.kill('SIGCONT');
    expect((await Promise.all([still.finished, other.finished])).map(({ code }) => code)).toEqual([0, 0]);
    expect(await hashTree(output)).toBe(await hashTree(local));
    const late = await runCli(['work', output, '--any']);
    expect([late.code, late.stdout]).toEqual([0, `${output}: the dataset is complete.\n`]);
    expect((await runCli(['finish', output])).code).toBe(0);
  });

  test.each([
    [['--any', '--stage', 'volume'], "--stage can't be given with --any"],
    [['--stage', 'volume', '--finish', '--lease', '5'], '--finish and --lease can only be given with --any'],
    [[], 'What to do is not known'],
  ])('flags that do not go together are refused: %j', async (flags, message) => {
    const { code, stderr } = await runCli(['work', folder, ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('scripts', () => {
  async function scriptFor(scheduler: string, name: string): Promise<[output: string, path: string]> {
    const output = join(await temporaryFolder(), "o'clock data");
    await plan(output, '--for', scheduler);
    return [output, join(output, '.precomputed-studio/job', name)];
  }

  test('for Slurm hold paths with quotes and blanks', async () => {
    const [output, path] = await scriptFor('slurm', 'part.sh');
    expect(await readFile(path, 'utf8')).toContain(`'${output.replace("'", `'\\''`)}'`);
  });

  test.each(['--any', '--any=', '--any=0', '--any=some'])(
    'for Slurm: %s names no number of processes',
    async (word) => {
      const [, path] = await scriptFor('slurm', 'submit.sh');
      await expect(promisify(execFile)(path, ['--time=10', word])).rejects.toMatchObject({
        code: 2,
        stderr: `${word} needs the number of processes, such as --any=8.\n`,
      });
    },
  );

  test('for Kubernetes is an Indexed Job, whose command makes the dataset', async () => {
    const [output, path] = await scriptFor('kubernetes', 'job.yaml');
    const job = kubernetesSchema.parse(parse(await readFile(path, 'utf8')));
    expect(job.metadata.name).toBe('convert-o-clock-data');
    const { completions, parallelism, template } = job.spec;
    expect(parallelism).toBe(completions);
    const [{ command, volumeMounts }] = template.spec.containers;
    const { volumes } = template.spec;
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual([process.cwd(), output, input]);
    expect(volumes.map(({ hostPath }) => hostPath.path)).toEqual([process.cwd(), output, input]);
    expect(volumes.map(({ name }) => name)).toEqual(volumeMounts.map(({ name }) => name));
    const [program = '', ...args] = command;
    const env = {
      ...process.env,
      JOB_COMPLETION_INDEX: '0',
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    };
    await promisify(execFile)(program, args, { env });
    expect(await hashTree(output)).toBe(await hashTree(local));
  });

  describeWith('parallel', 'for GNU parallel', () => {
    test('makes the dataset', async () => {
      const [output, path] = await scriptFor('shell', 'submit.sh');
      await promisify(execFile)(path, ['--jobs', '2']);
      expect(await hashTree(output)).toBe(await hashTree(local));
    });
  });
});

test('the meshes of a dataset are made by several processes as by one', async () => {
  const [output, alone] = [
    join(await temporaryFolder(), 'dataset'),
    join(await temporaryFolder(), 'dataset'),
  ];
  const meshing = ['--mesh-block', '32', '--min-voxels', '20'];
  for (const dataset of [output, alone]) {
    expect(
      (await runCli(['convert', input, dataset, '--resolution', '16,16,40', '--mesh', 'none'])).code,
    ).toBe(0);
  }
  const strange = await runCli(['plan', output, ...meshing, '--chunk-size', '32']);
  expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('chunkSize')]);
  const planned = await runCli([
    'plan',
    output,
    ...meshing,
    '--workers',
    '1',
    '--tasks-per-part',
    '1',
    '--json',
  ]);
  const { stages } = JSON.parse(planned.stdout) as Planned;
  expect(stages.map(({ name }) => name)).toEqual(['mesh-blocks', 'mesh-labels']);
  const any = ['work', output, '--any'];
  const both = await Promise.all([runCli([...any, '--finish']), runCli(any)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect((await runCli(['mesh', alone, ...meshing])).code).toBe(0);
  expect(await hashTree(output)).toBe(await hashTree(alone));
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
      for (let task = first; task < end; task++) {
        expect(missingParts(stage, (other) => other !== task)).toEqual({ stage, tasks: 1, parts: [part] });
      }
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
  expect(() => partIndex(undefined, {})).toThrow('no scheduler has given');
});
