import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import type { Benchmark, BenchmarkCase, BenchmarkOptions } from './harness';
import { convertByCli, measureRun, runCli } from './job-process';
import { writeRepeatedStack } from './repeated-stack';

const MEMORY = ['--memory', '512MiB'];
/** Chunks are small, so that there are many files. */
const MAKE = [
  '--resolution',
  '8,8,8',
  '--mesh',
  'none',
  '--chunk-size',
  '16',
  '--sharding',
  'none',
  ...MEMORY,
];

/** Reading all files of a dataset, against the conversion that wrote them: 38,000 files, and with --large 300,000. */
export const verifyBenchmark: Benchmark = {
  name: 'verify',
  async *cases({ large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    for (const side of large ? [512, 1024] : [512]) {
      const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
      const size: Vec3 = [side, side, side];
      const [stack, dataset] = [join(folder, 'stack'), join(folder, 'dataset')];
      try {
        await writeRepeatedStack(stack, join(folder, 'drawn'), size);
        yield {
          work: 'verify all files, --memory 512MiB',
          data: `sample, ${size.join(' × ')}, chunks of 16³`,
          amount: product3(size) / 1e6,
          unit: 'Mvoxel',
          contenders: [
            {
              name: 'ours',
              run: async () => {
                await convertByCli(stack, dataset, MAKE);
                return measureRun(async () => (await runCli(['verify', dataset, ...MEMORY])).cpuSeconds);
              },
            },
            { name: 'the conversion that made them', run: () => convertByCli(stack, dataset, MAKE) },
          ],
          mostRounds: 1,
        };
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  },
};
