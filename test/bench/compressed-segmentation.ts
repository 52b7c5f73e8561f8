import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vec3 } from '../../src/shared/base/vec3';
import { decodeChunk, encodeChunk, type ChunkEncoding } from '../../src/shared/precomputed/chunk-encoding';
import { cubes, labelVolumes } from './data';
import { timed, type Benchmark, type BenchmarkCase, type BenchmarkOptions, type Contender } from './harness';
import { PythonPeer } from './peer';

const SIDE = 64;
const SHAPE: Vec3 = [SIDE, SIDE, SIDE];
const ENCODING: ChunkEncoding = {
  encoding: 'compressed_segmentation',
  dataType: 'uint64',
  blockSize: [8, 8, 8],
};

/** Encoding and decoding of chunks of 64³ uint64 labels in 8³ blocks, on one thread. */
export const compressedSegmentationBenchmark: Benchmark = {
  name: 'compressed_segmentation',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = peers
      ? await PythonPeer.start('compressed-segmentation.py', ['compressed-segmentation', 'numpy'])
      : undefined;
    try {
      for await (const volume of labelVolumes([256, 256, 256])) {
        const chunks = cubes(volume, SIDE);
        const path = join(folder, volume.name);
        for (const chunk of chunks) await appendFile(path, new Uint8Array(chunk.buffer));
        yield* [encodeCase(volume.name, chunks), decodeCase(volume.name, chunks)].map((ours) =>
          peer === undefined ? ours : withPeer(ours, peer, path),
        );
      }
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};

function encodeCase(data: string, chunks: readonly BigUint64Array[]): BenchmarkCase {
  const ours = (): void => {
    for (const chunk of chunks) encodeChunk(ENCODING, chunk, SHAPE, 1);
  };
  return codecCase('encode', data, chunks.length, [{ name: 'ours', run: () => timed(ours) }]);
}

function decodeCase(data: string, chunks: readonly BigUint64Array[]): BenchmarkCase {
  const encoded = chunks.map((chunk) => encodeChunk(ENCODING, chunk, SHAPE, 1));
  const decodeInto = (out: () => BigUint64Array) => (): void => {
    for (const bytes of encoded) decodeChunk(ENCODING, bytes, SHAPE, 1, out());
  };
  const reused = new BigUint64Array(SIDE ** 3);
  const intoReused = decodeInto(() => reused);
  const intoFresh = decodeInto(() => new BigUint64Array(SIDE ** 3));
  return codecCase('decode', data, chunks.length, [
    { name: 'ours', run: () => timed(intoReused) },
    { name: 'ours, into fresh memory', run: () => timed(intoFresh) },
  ]);
}

function codecCase(
  direction: string,
  data: string,
  chunks: number,
  contenders: readonly Contender[],
): BenchmarkCase {
  return {
    work: `compressed_segmentation ${direction}`,
    data: `${data}, 64³ chunks`,
    amount: (chunks * SIDE ** 3) / 1e6,
    unit: 'Mvoxel',
    contenders,
  };
}

function withPeer(ours: BenchmarkCase, peer: PythonPeer, path: string): BenchmarkCase {
  const run = () => peer.measured({ work: ours.work, path, side: SIDE });
  return { ...ours, contenders: [...ours.contenders, { name: 'compressed-segmentation (C++)', run }] };
}
