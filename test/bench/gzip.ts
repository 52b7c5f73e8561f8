import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { deterministicGzip } from '../../src/main/places/compression';
import { encodeChunk } from '../../src/shared/precomputed/chunk-encoding';
import { cubes, labelVolumes } from './data';
import { timed, type Benchmark, type BenchmarkCase, type BenchmarkOptions, type Contender } from './harness';
import { PythonPeer } from './peer';

const SIDE = 64;
const LEVELS = [1, 6, 9];

/** Gzip of encoded chunks, on one thread. The names of the contenders include the compression ratios. */
export const gzipBenchmark: Benchmark = {
  name: 'gzip',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = peers ? await PythonPeer.start('libdeflate-gzip.py', ['deflate']) : undefined;
    try {
      for await (const volume of labelVolumes([256, 256, 256])) {
        const chunks = cubes(volume, SIDE).map((labels) => encodeLabels(labels));
        for (const level of LEVELS) yield await gzipCase(volume.name, chunks, level, folder, peer);
      }
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};

function encodeLabels(labels: BigUint64Array): Uint8Array {
  const encoding = { encoding: 'compressed_segmentation', dataType: 'uint64', blockSize: [8, 8, 8] } as const;
  return encodeChunk(encoding, labels, [SIDE, SIDE, SIDE], 1);
}

async function gzipCase(
  data: string,
  chunks: readonly Uint8Array[],
  level: number,
  folder: string,
  peer: PythonPeer | undefined,
): Promise<BenchmarkCase> {
  const bytes = sum(chunks.map(({ length }) => length));
  const contender = (name: string, zip: (chunk: Uint8Array) => Uint8Array): Contender => ({
    name: named(name, bytes, sum(chunks.map((chunk) => zip(chunk).length))),
    run: () => timed(() => chunks.forEach((chunk) => zip(chunk))),
  });
  const contenders = [
    contender('ours', (chunk) => deterministicGzip(chunk, level)),
    contender('zlib (C)', (chunk) => gzipSync(chunk, { level, memLevel: 9 })),
  ];
  if (peer !== undefined) {
    const lengths = chunks.map(({ length }) => length);
    const path = join(folder, `${data} ${level}`);
    for (const chunk of chunks) await appendFile(path, chunk);
    const request = { path, lengths, level };
    const { bytes: smaller } = await peer.answer(request);
    contenders.push({
      name: named('libdeflate (C)', bytes, smaller ?? NaN),
      run: () => peer.measured(request),
    });
  }
  return {
    work: `gzip, level ${level}`,
    data: `${data}, encoded`,
    amount: bytes / 1e6,
    unit: 'MB',
    contenders,
  };
}

function named(name: string, bytes: number, zipped: number): string {
  return `${name}, to 1/${(bytes / zipped).toFixed(1)}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
