import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import type { Benchmark, BenchmarkCase, BenchmarkOptions } from './harness';
import { convertByCli } from './job-process';
import { DRAWN_SLICES, writeRepeatedStack } from './repeated-stack';

/** `2GiB` on the command line. */
export const GROWTH_BUDGET_BYTES = 2 * 2 ** 30;

interface Cube {
  readonly side: number;
  readonly mostRounds?: number;
}

const SMALLEST: Cube = { side: 512 };
/** 1024³ runs twice, so that one disturbed run doesn't decide. 2048³ takes minutes each time. */
const LARGE: readonly Cube[] = [
  { side: 1024, mostRounds: 2 },
  { side: 2048, mostRounds: 1 },
];

/**
 * Checks that memory stays within the budget and that the speed stays the same for larger volumes: 512³, and with
 * --large 1024³ and 2048³.
 */
export const growthBenchmark: Benchmark = {
  name: 'growth',
  async *cases({ large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    for (const { side, ...rounds } of large ? [SMALLEST, ...LARGE] : [SMALLEST]) {
      const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
      const size: Vec3 = [side, side, side];
      const stack = join(folder, 'stack');
      const options = ['--resolution', '16,16,40', '--mesh', 'none', '--memory', `${GROWTH_BUDGET_BYTES}`];
      try {
        await writeRepeatedStack(stack, join(folder, 'drawn'), size);
        yield {
          work: `slices to all scales, --memory 2GiB`,
          data: `sample, ${size.join(' × ')}, of ${DRAWN_SLICES} slices`,
          amount: product3(size) / 1e6,
          unit: 'Mvoxel',
          contenders: [{ name: 'ours', run: () => convertByCli(stack, join(folder, 'dataset'), options) }],
          ...rounds,
        };
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  },
};
