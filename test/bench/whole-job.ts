import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource } from '../../src/main/sources/registry';
import { writeSampleStack } from '../../src/main/sources/sample';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import { sharedData } from '../shared-data';
import { bareWork } from './bare-work';
import type { Benchmark, BenchmarkCase, BenchmarkOptions, Contender } from './harness';
import { convertByCli } from './job-process';
import { PythonPeer } from './peer';

const WORKERS = availableParallelism();
const RESOLUTION: Vec3 = [8, 8, 30];
/** As we choose them for this resolution. */
const FACTORS: readonly Vec3[] = [
  [2, 2, 1],
  [2, 2, 1],
  [2, 2, 2],
];

interface Stack {
  readonly name: string;
  readonly folder: string;
  readonly size: Vec3;
}

/**
 * From deflated TIFF slices of uint64 labels to the finished dataset, on all cores: ours with the start of the
 * process, the peers without theirs.
 */
export const wholeJobBenchmark: Benchmark = {
  name: 'whole job',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    try {
      const all = await stacks(folder);
      for (const stack of all) {
        yield await volumeCase(stack, folder, peers);
        yield coresCase(stack, folder);
      }
      const [first] = all;
      if (first === undefined) return;
      yield meshCase(first, folder, peers);
      if (peers) yield await scriptsCase(first, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const OPTIONS = ['--resolution', RESOLUTION.join(','), '--workers', String(WORKERS)];
const VOLUME_ONLY = [...OPTIONS, '--mesh', 'none'];

async function volumeCase(stack: Stack, folder: string, peers: boolean): Promise<BenchmarkCase> {
  const output = join(folder, 'volume');
  const ours: Contender = { name: 'ours', run: () => convertByCli(stack.folder, output, VOLUME_ONLY) };
  await ours.run();
  const bare = await bareWork(stack.folder, output, product3(stack.size) * 8, folder);
  const contenders = [ours, { name: 'reading, inflating, copying, gzip and writing alone', run: bare }];
  if (peers) {
    contenders.push(
      jobPeer('tensorstore (C++), no gzip', 'tensorstore-job.py', ['tensorstore'], stack, folder),
      jobPeer('igneous and cloud-volume', 'igneous-job.py', ['igneous-pipeline'], stack, folder),
    );
  }
  return jobCase('slices to all scales', stack, contenders);
}

/** The worth of the other cores: ours on all over ours on one. */
function coresCase(stack: Stack, folder: string): BenchmarkCase {
  const output = join(folder, 'cores');
  const onOne = [...VOLUME_ONLY, '--workers', '1'];
  return jobCase(`slices to all scales, on ${WORKERS} cores`, stack, [
    { name: 'ours', run: () => convertByCli(stack.folder, output, VOLUME_ONLY) },
    { name: 'ours, on one', run: () => convertByCli(stack.folder, output, onOne) },
  ]);
}

function meshCase(stack: Stack, folder: string, peers: boolean): BenchmarkCase {
  const options = [...OPTIONS, '--mesh-error', '40', '--lods', '2'];
  const contenders: Contender[] = [
    { name: 'ours', run: () => convertByCli(stack.folder, join(folder, 'meshes'), options) },
  ];
  if (peers) {
    const request = { mesh: true };
    const name = 'igneous, cloud-volume and zmesh';
    contenders.push(jobPeer(name, 'igneous-job.py', ['igneous-pipeline'], stack, folder, request));
  }
  return { ...jobCase('slices to all scales and meshes', stack, contenders), mostRounds: 1 };
}

/** Pure Python takes minutes for these few slices. */
async function scriptsCase(stack: Stack, folder: string): Promise<BenchmarkCase> {
  const size: Vec3 = [stack.size[0], stack.size[1], 64];
  const few: Stack = { name: stack.name, folder: join(folder, 'few'), size };
  await mkdir(few.folder);
  const names = (await readdir(stack.folder)).filter((name) => name.endsWith('.tif')).sort();
  for (const name of names.slice(0, size[2])) await symlink(join(stack.folder, name), join(few.folder, name));
  const packages = ['neuroglancer-scripts'];
  const contenders = [
    { name: 'ours', run: () => convertByCli(few.folder, join(folder, 'few-out'), VOLUME_ONLY) },
    jobPeer('neuroglancer-scripts (Python)', 'neuroglancer-scripts-job.py', packages, few, folder),
  ];
  return { ...jobCase('slices to all scales', few, contenders), mostRounds: 1 };
}

/** A script that converts; a process of its own for each run, whose start doesn't count. */
function jobPeer(
  name: string,
  script: string,
  packages: readonly string[],
  stack: Stack,
  folder: string,
  more: object = { mesh: false },
): Contender {
  const output = join(folder, script);
  const job = { stack: stack.folder, output, resolution: RESOLUTION, factors: FACTORS, workers: WORKERS };
  return {
    name,
    run: async () => {
      const peer = await PythonPeer.start(script, [...packages, 'tifffile', 'imagecodecs', 'numpy']);
      try {
        return await peer.seconds({ ...job, chunk: 64, ...more });
      } finally {
        peer.stop();
      }
    },
  };
}

function jobCase(work: string, { name, size }: Stack, contenders: readonly Contender[]): BenchmarkCase {
  return {
    work,
    data: `${name}, ${size.join(' × ')}`,
    amount: product3(size) / 1e6,
    unit: 'Mvoxel',
    contenders,
  };
}

/** The real segmentation, where it is there, and a larger one of made-up tissue. */
async function stacks(folder: string): Promise<Stack[]> {
  const real = sharedData('em-stack');
  const sample = join(folder, 'sample');
  const size: Vec3 = [512, 512, 512];
  await writeSampleStack(sample, { size, dataType: 'uint64', seed: 1 });
  const found: Stack[] = [{ name: 'sample', folder: sample, size }];
  if (real === undefined) return found;
  const source = await openSource(real);
  await source.close();
  return [{ name: 'em-stack', folder: real, size: source.metadata.size }, ...found];
}
