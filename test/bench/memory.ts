import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import type { Benchmark, BenchmarkCase, BenchmarkOptions } from './harness';
import { smoothSlices } from './image-data';
import { convertByCli } from './job-process';

/** `512MiB` on the command line. */
export const SMALL_BUDGET_BYTES = 2 ** 29;
const DRAWN_SLICES = 64;

/**
 * Checks that images are converted within a small memory budget, from the format that is the hardest to read in parts: a
 * gzipped NIfTI file, of 512³ voxels, and with --large of 8 GiB.
 */
export const memoryBenchmark: Benchmark = {
  name: 'memory',
  async *cases({ large }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    for (const side of large ? [512, 2048] : [512]) {
      const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
      const size: Vec3 = [side, side, side];
      const path = join(folder, 'volume.nii.gz');
      const options = ['--type', 'image', '--memory', String(SMALL_BUDGET_BYTES)];
      try {
        await pipeline(
          Readable.from(niftiOf(size)),
          createGzip({ level: side > 512 ? 1 : 6 }),
          createWriteStream(path),
        );
        yield {
          work: 'images to all scales, --memory 512MiB',
          data: `smooth uint8, ${size.join(' × ')}, .nii.gz`,
          amount: product3(size) / 1e6,
          unit: 'Mvoxel',
          contenders: [{ name: 'ours', run: () => convertByCli(path, join(folder, 'dataset'), options) }],
          mostRounds: side > 512 ? 1 : 2,
        };
      } finally {
        await rm(folder, { recursive: true });
      }
    }
  },
};

/** Yields a NIfTI file of 8-bit voxels. Deep volumes repeat the same slices. */
function* niftiOf(size: Vec3): Generator<Uint8Array> {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  for (const [i, value] of [3, ...size, 1, 1, 1, 1].entries()) header.writeInt16LE(value, 40 + 2 * i);
  // The data type uint8, bits, voxel sizes, the offset of the voxels, no scaling, micrometres.
  header.writeInt16LE(2, 70);
  header.writeInt16LE(8, 72);
  for (const [i, value] of [1, 1, 1, 1].entries()) header.writeFloatLE(value, 76 + 4 * i);
  header.writeFloatLE(352, 108);
  header.writeFloatLE(1, 112);
  header.writeUInt8(3, 123);
  header.write('n+1\0', 344, 'latin1');
  yield header;
  const slices = [...smoothSlices([size[0], size[1], DRAWN_SLICES], 'uint8')] as Uint8Array[];
  for (let z = 0; z < size[2]; z++) yield slices[z % DRAWN_SLICES] ?? new Uint8Array(0);
}
