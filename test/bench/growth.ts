import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSampleStack } from '../../src/main/sources/sample';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import type { Benchmark, BenchmarkCase, BenchmarkOptions } from './harness';
import { convertByCli } from './job-process';

/** `2GiB` on the command line. */
export const GROWTH_BUDGET_BYTES = 2 * 2 ** 30;

/** Whether memory stays under the budget and the speed the same as volumes grow: 512³, and with --large 1024³ and 2048³. */
export const growthBenchmark: Benchmark = {
  name: 'growth',
  async *cases({ large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    for (const side of large ? [512, 1024, 2048] : [512]) {
      const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
      const size: Vec3 = [side, side, side];
      const stack = join(folder, 'stack');
      const options = ['--resolution', '16,16,40', '--mesh', 'none', '--memory', `${GROWTH_BUDGET_BYTES}`];
      try {
        await writeSampleStack(stack, { size, dataType: 'uint64', seed: 1 });
        yield {
          work: `slices to all scales, --memory 2GiB`,
          data: `sample, ${size.join(' × ')}`,
          amount: product3(size) / 1e6,
          unit: 'Mvoxel',
          contenders: [{ name: 'ours', run: () => convertByCli(stack, join(folder, 'dataset'), options) }],
          ...(side > 512 ? { mostRounds: 1 } : {}),
        };
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  },
};
