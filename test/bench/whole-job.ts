import { spawnSync } from 'node:child_process';
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
import { DRAWN_SLICES, writeRepeatedStack } from './repeated-stack';
import { setAside } from './set-aside';

const WORKERS = availableParallelism();
const RESOLUTION: Vec3 = [8, 8, 30];
/** The factors that our program chooses for this resolution. */
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
 * The time that counts for a peer: from the start of its process to its answer, or only the time after its imports.
 */
type Terms = 'from its start' | 'its start not counted';

interface PeerJob {
  readonly name: string;
  readonly script: string;
  readonly packages: readonly string[];
  /** Fields of the request that only this script needs. */
  readonly request?: object;
}

const TENSORSTORE = { script: 'tensorstore-job.py', packages: ['tensorstore'] };
const IGNEOUS = { script: 'igneous-job.py', packages: ['igneous-pipeline'] };

/**
 * From deflated TIFF slices of uint64 labels to the finished dataset, on all cores. Our time always counts from the
 * start of the process to its end, with every object gzipped. The names of the peers state their terms. On equal
 * terms, their time counts from their start too, and tensorstore's objects are gzipped afterwards, because it leaves
 * them plain. On terms that are harder for us, neither their start nor any gzip of tensorstore's objects counts.
 * Peers that take minutes are only measured on the harder terms.
 */
export const wholeJobBenchmark: Benchmark = {
  name: 'whole job',
  async *cases({ peers, large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    try {
      const all = await stacks(folder);
      for (const stack of all) {
        yield await withBareWork(volumeCase(stack, folder, peers), stack, folder);
        yield coresCase(stack, folder);
      }
      const [first] = all;
      if (first === undefined) return;
      yield meshCase(first, folder, peers);
      if (peers) yield await scriptsCase(first, folder);
      if (!large) return;
      const stack = await largeStack(folder);
      yield { ...volumeCase(stack, folder, peers), mostRounds: 2 };
      yield { ...coresCase(stack, folder), mostRounds: 2 };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const OPTIONS = ['--resolution', RESOLUTION.join(','), '--workers', String(WORKERS)];
const VOLUME_ONLY = [...OPTIONS, '--mesh', 'none'];

function volumeCase(stack: Stack, folder: string, peers: boolean): BenchmarkCase {
  const contenders = [convertInto(join(folder, 'volume'), stack)];
  if (peers) {
    const zipped = { ...TENSORSTORE, name: 'tensorstore (C++), then gzip', request: { gzip: true } };
    const plain = { ...TENSORSTORE, name: 'tensorstore (C++), no gzip', request: { gzip: false } };
    const igneous = { ...IGNEOUS, name: 'igneous and cloud-volume', request: { mesh: false } };
    contenders.push(
      jobPeer(zipped, 'from its start', stack, folder),
      jobPeer(plain, 'its start not counted', stack, folder),
      jobPeer(igneous, 'from its start', stack, folder),
      jobPeer(igneous, 'its start not counted', stack, folder),
    );
  }
  return jobCase('slices to all scales', stack, contenders);
}

function convertInto(output: string, stack: Stack): Contender {
  return { name: 'ours', run: () => convertByCli(stack.folder, output, VOLUME_ONLY) };
}

/** Adds the work that every conversion has to do as a contender. It needs as much memory as two such volumes. */
async function withBareWork(volume: BenchmarkCase, stack: Stack, folder: string): Promise<BenchmarkCase> {
  const result = join(folder, 'result');
  await convertInto(result, stack).run();
  const run = await bareWork(stack.folder, result, product3(stack.size) * 8, folder);
  const bare = { name: 'reading, inflating, copying, gzip and writing alone', run };
  return { ...volume, contenders: [...volume.contenders, bare] };
}

/**
 * The benefit of the other cores: our speed on all cores relative to one. With a single worker, the main thread still
 * has another core for itself. If the system can keep a process on one core, that is measured too.
 */
function coresCase(stack: Stack, folder: string): BenchmarkCase {
  const output = join(folder, 'cores');
  const onOne = [...VOLUME_ONLY, '--workers', '1'];
  const contenders: Contender[] = [
    convertInto(output, stack),
    { name: 'ours, on one', run: () => convertByCli(stack.folder, output, onOne) },
  ];
  if (hasTaskset()) {
    const run = () => convertByCli(stack.folder, output, onOne, ON_ONE_CORE);
    contenders.push({ name: 'ours, on one core', run });
  }
  return jobCase(`slices to all scales, on ${WORKERS} cores`, stack, contenders);
}

const ON_ONE_CORE = ['taskset', '-c', '0'];

/** Reports whether the system has Linux's command that keeps a process on one core. */
function hasTaskset(): boolean {
  const [command, ...args] = [...ON_ONE_CORE, 'true'];
  return spawnSync(command, args).status === 0;
}

function meshCase(stack: Stack, folder: string, peers: boolean): BenchmarkCase {
  const options = [...OPTIONS, '--mesh-error', '40', '--lods', '2'];
  const contenders: Contender[] = [
    { name: 'ours', run: () => convertByCli(stack.folder, join(folder, 'meshes'), options) },
  ];
  if (peers) {
    const igneous = { ...IGNEOUS, name: 'igneous, cloud-volume and zmesh', request: { mesh: true } };
    contenders.push(jobPeer(igneous, 'its start not counted', stack, folder));
  }
  return { ...jobCase('slices to all scales and meshes', stack, contenders), mostRounds: 1 };
}

/** A case with few slices, because pure Python takes minutes even for these. */
async function scriptsCase(stack: Stack, folder: string): Promise<BenchmarkCase> {
  const size: Vec3 = [stack.size[0], stack.size[1], 64];
  const few: Stack = { name: stack.name, folder: join(folder, 'few'), size };
  await mkdir(few.folder);
  const names = (await readdir(stack.folder)).filter((name) => name.endsWith('.tif')).sort();
  for (const name of names.slice(0, size[2])) await symlink(join(stack.folder, name), join(few.folder, name));
  const scripts = {
    name: 'neuroglancer-scripts (Python)',
    script: 'neuroglancer-scripts-job.py',
    packages: ['neuroglancer-scripts'],
  };
  const contenders = [
    convertInto(join(folder, 'few-out'), few),
    jobPeer(scripts, 'its start not counted', few, folder),
  ];
  return { ...jobCase('slices to all scales', few, contenders), mostRounds: 1 };
}

/** Runs a script that converts into a new folder, in a new process for each run. */
function jobPeer(
  { name, script, packages, request }: PeerJob,
  terms: Terms,
  stack: Stack,
  folder: string,
): Contender {
  const output = join(folder, script);
  const where = { stack: stack.folder, output };
  const job = { ...where, resolution: RESOLUTION, factors: FACTORS, workers: WORKERS, chunk: 64, ...request };
  return {
    name: `${name}, ${terms}`,
    run: async () => {
      await setAside(output);
      const peer = await PythonPeer.start(script, [...packages, 'tifffile', 'imagecodecs', 'numpy']);
      try {
        return await (terms === 'from its start' ? peer.measuredFromStart(job) : peer.measured(job));
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

/** Returns the real segmentation, if it is available, and a larger one of artificial tissue. */
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

/** Makes a stack so large that the start of processes matters little. */
async function largeStack(folder: string): Promise<Stack> {
  const size: Vec3 = [1024, 1024, 1024];
  const stack = join(folder, 'large');
  await writeRepeatedStack(stack, join(folder, 'drawn'), size);
  return { name: `sample of ${DRAWN_SLICES} slices`, folder: stack, size };
}
