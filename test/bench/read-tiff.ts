import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { openSource } from '../../src/main/sources/registry';
import { writeSampleStack } from '../../src/main/sources/sample';
import { openSliceFiles } from '../../src/main/sources/slices/slice-files';
import { TiffFile } from '../../src/main/sources/tiff/tiff-file';
import { boxOfShape } from '../../src/shared/base/box';
import { allocateKernelMemory } from '../../src/shared/base/kernel-memory';
import { product3 } from '../../src/shared/base/vec3';
import { sharedData } from '../shared-data';
import {
  measured,
  timed,
  type Benchmark,
  type BenchmarkCase,
  type BenchmarkOptions,
  type Contender,
} from './harness';
import { PythonPeer } from './peer';

/** Opening whole stacks of uint64 Deflate slices and reading them into existing memory, on one thread. */
export const readTiffBenchmark: Benchmark = {
  name: 'read tiff',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const sample = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = peers ? await PythonPeer.start('read-tiff.py', ['tifffile', 'imagecodecs']) : undefined;
    try {
      const real = sharedData('em-stack');
      if (real !== undefined) yield await readCase('em-stack', real, peer);
      await writeSampleStack(sample, { size: [512, 512, 64], dataType: 'uint64', seed: 1 });
      yield await readCase('sample', sample, peer);
    } finally {
      peer?.stop();
      await rm(sample, { recursive: true });
    }
  },
};

async function readCase(name: string, folder: string, peer: PythonPeer | undefined): Promise<BenchmarkCase> {
  const { size } = await metadataOf(folder);
  const box = boxOfShape(size);
  // Where threads of a conversion read to.
  const { buffer } = allocateKernelMemory(8 * product3(size), 1);
  const target = { box, channels: 1, data: new BigUint64Array(buffer, 0, product3(size)) };
  const ours = () =>
    measured(async () => {
      const source = await openSource(folder);
      await source.read(box, target);
      await source.close();
    });
  const strips = await compressedStrips(folder);
  const inflate = (): void => {
    for (const strip of strips) strip.inflate();
  };
  const contenders: Contender[] = [
    { name: 'ours', run: ours },
    { name: 'zlib alone', run: () => timed(inflate) },
  ];
  if (peer !== undefined) contenders.push({ name: 'tifffile', run: () => peer.measured({ folder }) });
  const amount = target.data.byteLength / 1e6;
  return {
    work: 'read TIFF slices',
    data: `${name}, ${size.join(' × ')} uint64`,
    amount,
    unit: 'MB',
    contenders,
  };
}

async function metadataOf(folder: string) {
  const source = await openSource(folder);
  await source.close();
  return source.metadata;
}

/** Returns the compressed strips of a stack, read from its files. */
export async function compressedStrips(folder: string): Promise<{ inflate(): void }[]> {
  const strips: { inflate(): void }[] = [];
  const files = openSliceFiles({ kind: 'folder', path: folder });
  for (const name of await readdir(folder)) {
    const file = await files.open(name);
    const tiff = await TiffFile.of(file);
    const { unitOffsets, unitBytes, layout } = await tiff.page(tiff.firstPageOffset, name);
    const chunkSize = layout.unitWidth * layout.unitHeight * 8 + 64;
    for (let i = 0; i < unitOffsets.length; i++) {
      const bytes = await tiff.bytes(unitOffsets[i] ?? 0, unitBytes[i] ?? 0, name);
      strips.push({ inflate: () => void inflateSync(bytes, { chunkSize }) });
    }
    await file.close();
  }
  return strips;
}
