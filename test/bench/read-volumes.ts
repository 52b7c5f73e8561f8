import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource } from '../../src/main/sources/registry';
import { boxOfShape } from '../../src/shared/base/box';
import { allocateKernelMemory } from '../../src/shared/base/kernel-memory';
import { product3, type Vec3 } from '../../src/shared/base/vec3';
import { measured, type Benchmark, type BenchmarkCase, type BenchmarkOptions } from './harness';
import { smoothSlices } from './image-data';
import { PythonPeer } from './peer';

const SHAPE: Vec3 = [1024, 1024, 128];
const PACKAGES = ['tifffile', 'imagecodecs', 'h5py', 'tensorstore', 'nibabel', 'numpy'];

/** The formats, how their files are named, and who reads them best. */
const KINDS = [
  ['TIFF, Deflate', 'tiff-deflate', 'tifffile'],
  ['TIFF, LZW', 'tiff-lzw', 'tifffile'],
  ['TIFF, not compressed', 'tiff-plain', 'tifffile'],
  ['TIFF, tiles, Deflate', 'tiff-tiles', 'tifffile'],
  ['HDF5, gzip', 'volume.h5', 'h5py'],
  ['Zarr 3, sharded, gzip', 'volume.zarr', 'tensorstore'],
  ['N5, gzip', 'volume.n5', 'tensorstore'],
  ['NIfTI, gzip', 'volume.nii.gz', 'nibabel'],
] as const;

export const READ_KINDS = KINDS.map(([kind]) => kind);

/**
 * Whole grey volumes, opened and read into memory that is there already, on one thread. The peers' libraries write the
 * files, so that without them nothing is measured.
 */
export const readVolumesBenchmark: Benchmark = {
  name: 'read volumes',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    if (!peers) return;
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = await PythonPeer.start('read-volume.py', PACKAGES);
    try {
      const volume = join(folder, 'volume');
      await writeFile(volume, Buffer.concat([...smoothSlices(SHAPE, 'uint8')] as Uint8Array[]));
      for (const [kind, name, library] of KINDS) {
        const path = join(folder, name);
        await peer.seconds({ kind, path, shape: SHAPE, volume });
        yield readCase(kind, path, library, peer);
        await rm(path, { recursive: true });
      }
    } finally {
      peer.stop();
      await rm(folder, { recursive: true });
    }
  },
};

function readCase(kind: string, path: string, library: string, peer: PythonPeer): BenchmarkCase {
  const box = boxOfShape(SHAPE);
  // Where threads of a conversion read to.
  const { buffer } = allocateKernelMemory(product3(SHAPE), 1);
  const target = { box, channels: 1, data: new Uint8Array(buffer, 0, product3(SHAPE)) };
  const ours = () =>
    measured(async () => {
      const source = await openSource(path, { kind: 'image' });
      await source.read(box, target);
      await source.close();
    });
  return {
    work: `read ${kind}`,
    data: `smooth uint8, ${SHAPE.join(' × ')}`,
    amount: target.data.length / 1e6,
    unit: 'MB',
    contenders: [
      { name: 'ours', run: ours },
      { name: library, run: () => peer.measured({ kind, path, shape: SHAPE }) },
    ],
  };
}
