import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import { IoError } from '../../src/shared/base/errors';
import { JOB_FOLDER } from '../../src/main/engine/run/journal';
import { writeSampleStack } from '../../src/main/sources/sample';
import type { JobEvent } from '../../src/shared/api/job-events';
import type { Benchmark, BenchmarkCase, BenchmarkOptions, Measurement } from './harness';
import { MAY_START_SLURM, SlurmCluster } from '../slurm-cluster';
import { convertByCli, cpuSecondsIn, measureRun, reportingTo, runCli } from './job-process';
import { setAside } from './set-aside';

/** Tasks whose markers are one file. */
const PACKED_TASKS = 1024;
const MEMORY = ['--workers', '1', '--memory', '400MiB'];

interface Stage {
  readonly name: string;
  readonly tasks: number;
}

/**
 * Jobs of many processes: two against one of two workers, by themselves and on Slurm, and what millions of tasks cost to
 * plan and to complete.
 */
export const clusterBenchmark: Benchmark = {
  name: 'cluster',
  async *cases({ large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    try {
      yield await twoProcesses(folder);
      yield* twoNodes(folder);
      for (const width of large ? [65_536, 262_144] : [65_536]) yield* millionsOfTasks(folder, width);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function twoProcesses(folder: string): Promise<BenchmarkCase> {
  const size: Vec3 = [512, 512, 256];
  const [stack, output] = [join(folder, 'stack'), join(folder, 'dataset')];
  await writeSampleStack(stack, { size, dataType: 'uint64', seed: 1 });
  const options = ['--resolution', '16,16,40', '--mesh', 'none', '--sharding', 'always'];
  return {
    work: 'slices to all scales, by two processes of one worker',
    data: `sample, ${size.join(' × ')}`,
    amount: product3(size) / 1e6,
    unit: 'Mvoxel',
    contenders: [
      {
        name: 'ours',
        run: () => shared(stack, output, [...options, '--workers', '1', '--tasks-per-part', '1']),
      },
      {
        name: 'ours, one process of two workers',
        run: () => convertByCli(stack, output, [...options, '--workers', '2']),
      },
    ],
  };
}

async function shared(stack: string, output: string, options: readonly string[]): Promise<Measurement> {
  await setAside(output);
  return measureRun(async () => {
    const planned = await runCli(['plan', stack, output, ...options]);
    const any = ['work', output, '--any', '--json'];
    const runs = [planned, ...(await Promise.all([runCli([...any, '--finish']), runCli(any)]))];
    return runs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  });
}

const SLURM = '/usr/sbin/slurmctld';

/** Two nodes of one core against one process, for a job of more than a minute. Skipped where Slurm can't be started. */
async function* twoNodes(folder: string): AsyncGenerator<BenchmarkCase> {
  if (!MAY_START_SLURM || !existsSync(SLURM)) {
    console.error(
      `Skipped two nodes of Slurm: ${MAY_START_SLURM ? `${SLURM} is missing` : 'only root may start it'}.`,
    );
    return;
  }
  const size: Vec3 = [512, 512, 640];
  const [stack, output] = [join(folder, 'long-stack'), join(folder, 'dataset')];
  await writeSampleStack(stack, { size, dataType: 'uint64', seed: 1 });
  const options = ['--resolution', '16,16,40', '--sharding', 'always'];
  const cluster = await SlurmCluster.start(join(folder, 'slurm'));
  const onNodes = (...flags: string[]) =>
    submitted(cluster, join(folder, 'logs'), { stack, output, options, flags });
  try {
    yield {
      work: 'slices to all scales and meshes, by two nodes of Slurm',
      data: `sample, ${size.join(' × ')}`,
      amount: product3(size) / 1e6,
      unit: 'Mvoxel',
      mostRounds: 2,
      contenders: [
        { name: 'ours, two processes for any parts', run: () => onNodes('--any=2') },
        { name: 'ours, an array for each stage', run: () => onNodes() },
        {
          name: 'ours, one process of two workers',
          run: () => convertByCli(stack, output, [...options, '--workers', '2']),
        },
      ],
    };
  } finally {
    await cluster.stop();
  }
}

interface Submission {
  readonly stack: string;
  readonly output: string;
  readonly options: readonly string[];
  /** Those of `submit.sh`. */
  readonly flags: readonly string[];
}

/** Plans and submits a job, and waits for its end. The processor time is that of its processes, without Slurm's own. */
async function submitted(
  cluster: SlurmCluster,
  logs: string,
  { stack, output, options, flags }: Submission,
): Promise<Measurement> {
  await setAside(output);
  await rm(logs, { recursive: true, force: true });
  await mkdir(logs);
  const usage = join(logs, 'usage');
  return measureRun(async () => {
    const small = ['--workers', '1', '--memory', '2GiB', '--for', 'slurm'];
    const planned = await runCli(['plan', stack, output, ...options, ...small]);
    const submit = `cd "$1"; NODE_OPTIONS="$2"; export NODE_OPTIONS; shift 2; exec "$@"`;
    const script = join(output, JOB_FOLDER, 'submit.sh');
    await cluster.call('sh', '-c', submit, 'sh', logs, reportingTo(usage), script, '--time=60', ...flags);
    await cluster.until(async () => (await cluster.call('squeue', '-h')).trim() === '');
    await access(join(output, 'info'));
    return planned.cpuSeconds + cpuSecondsIn(await readFile(usage, 'utf8'));
  });
}

/** Of an image that is almost nothing but missing chunks, the tasks of which are marked without being done. */
async function* millionsOfTasks(folder: string, width: number): AsyncGenerator<BenchmarkCase> {
  const [array, output] = [join(folder, 'array'), join(folder, 'millions')];
  await writeArray(array, [38_400, width, width]);
  const tasks = (await plan(array, output)).reduce((sum, stage) => sum + stage.tasks, 0);
  const data = `array of ${(38_400 * width * width) / 1e12} Tvoxel, ${tasks} tasks`;
  const common = { data, amount: tasks / 1e6, unit: 'Mtask', mostRounds: 2 };
  yield {
    ...common,
    work: 'plan',
    contenders: [{ name: 'ours', run: () => timed(() => plan(array, output)) }],
  };
  yield {
    ...common,
    work: 'finish',
    contenders: [{ name: 'ours', run: () => finish(array, output) }],
  };
}

async function writeArray(folder: string, shape: readonly number[]): Promise<void> {
  const chunks = [256, 256, 256];
  const rest = { dtype: '|u1', compressor: null, fill_value: 0, order: 'C', filters: null };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.zarray'), JSON.stringify({ zarr_format: 2, shape, chunks, ...rest }));
  await writeFile(join(folder, '0.0.0'), new Uint8Array(256 ** 3));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function plan(array: string, output: string): Promise<readonly Stage[]> {
  await setAside(output);
  const options = [
    '--axes',
    'zyx',
    '--type',
    'image',
    '--resolution',
    '4,4,4',
    '--skip-empty',
    '--scales',
    '2',
  ];
  const { stdout } = await runCli(['plan', array, output, ...options, ...MEMORY, '--json']);
  return (JSON.parse(stdout) as { readonly stages: readonly Stage[] }).stages;
}

/** Of a job that was planned again, all tasks of which are marked as done, with no files. */
async function finish(array: string, output: string): Promise<Measurement> {
  for (const { name, tasks } of await plan(array, output)) {
    const done = join(output, JOB_FOLDER, 'done', name);
    await mkdir(done, { recursive: true });
    for (let first = 0; first < tasks; first += PACKED_TASKS) {
      const none = Array.from({ length: PACKED_TASKS }, () => []);
      await writeFile(join(done, `${first}-${first + PACKED_TASKS}`), JSON.stringify(none));
    }
  }
  const start = performance.now();
  const { stdout } = await runCli(['finish', output, '--json']);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as JobEvent;
  if (last.event !== 'done') throw new IoError(`finish ended with ${JSON.stringify(last)}`);
  return { seconds: (performance.now() - start) / 1000, peakMemoryBytes: last.summary.peakMemoryBytes };
}
