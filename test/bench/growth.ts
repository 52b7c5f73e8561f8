import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSampleStack } from '../../src/main/sources/sample';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import type { Benchmark, BenchmarkCase, BenchmarkOptions } from './harness';
import { convertByCli } from './job-process';

/** `2GiB` on the command line. */
export const GROWTH_BUDGET_BYTES = 2 * 2 ** 30;

/** Slices that are drawn; larger stacks have them again and again, as drawing takes longer than converting. */
const DRAWN_SLICES = 64;

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
        await writeStack(stack, join(folder, 'drawn'), size);
        yield {
          work: `slices to all scales, --memory 2GiB`,
          data: `sample, ${size.join(' × ')}, of ${DRAWN_SLICES} slices`,
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

/** A stack whose slices are links to those that were drawn. */
async function writeStack(stack: string, drawn: string, [width, height, depth]: Vec3): Promise<void> {
  await writeSampleStack(drawn, { size: [width, height, DRAWN_SLICES], dataType: 'uint64', seed: 1 });
  await mkdir(stack);
  const names = (await readdir(drawn)).sort();
  for (let z = 0; z < depth; z++) {
    const name = names[z % names.length] ?? '';
    await symlink(join(drawn, name), join(stack, `slice_${String(z).padStart(4, '0')}.tif`));
  }
}
