import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ceilDivide3, product3, type Vec3 } from '../../src/shared/base/vec3';
import { downsample } from '../../src/shared/kernels/downsample';
import { allocateKernelMemory } from '../../src/shared/base/kernel-memory';
import { labelVolumes, type LabelVolume } from './data';
import { timed, type Benchmark, type BenchmarkCase, type BenchmarkOptions, type Contender } from './harness';
import { PythonPeer } from './peer';

const SHAPE: Vec3 = [512, 512, 128];
const FACTORS: readonly Vec3[] = [
  [2, 2, 1],
  [2, 2, 2],
];

/** The majority of windows of a volume of uint64 labels, on one thread. */
export const downsampleBenchmark: Benchmark = {
  name: 'downsample',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = peers
      ? await PythonPeer.start('tinybrain-downsample.py', ['tinybrain', 'numpy'])
      : undefined;
    try {
      for await (const volume of labelVolumes(SHAPE)) {
        const path = join(folder, 'volume');
        await writeFile(path, volume.labels);
        for (const factors of FACTORS) yield majorityCase(volume, factors, peer, path);
      }
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};

function majorityCase(
  { name, labels, shape }: LabelVolume,
  factors: Vec3,
  peer: PythonPeer | undefined,
  path: string,
): BenchmarkCase {
  const length = product3(ceilDivide3(shape, factors));
  const { buffer } = allocateKernelMemory(labels.byteLength + length * 8);
  const placed = new BigUint64Array(buffer, 0, labels.length);
  placed.set(labels);
  const placedOutput = new BigUint64Array(buffer, labels.byteLength, length);
  const shared = new BigUint64Array(new SharedArrayBuffer(labels.byteLength));
  shared.set(labels);
  const output = new BigUint64Array(length);
  const reduce = (input: BigUint64Array, into: BigUint64Array) => () =>
    timed(() => {
      downsample('majority', input, shape, 1, factors, into);
    });
  const contenders: Contender[] = [
    { name: 'ours', run: reduce(placed, placedOutput) },
    { name: 'ours, from and to other memory', run: reduce(shared, output) },
  ];
  if (peer !== undefined) {
    const run = () => peer.measured({ path, shape, factors });
    contenders.push({ name: 'tinybrain (C++)', run });
  }
  return {
    work: `majority ${factors.join(' × ')}`,
    data: `${name}, ${shape.join(' × ')}`,
    amount: labels.length / 1e6,
    unit: 'Mvoxel',
    contenders,
  };
}
