import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelsOfPart } from '../../src/main/meshing/batch-labels';
import { makeLevels } from '../../src/main/meshing/label-levels';
import { meshBlock } from '../../src/main/meshing/mesh-block';
import { cellBox } from '../../src/main/meshing/mesh-cells';
import type { MeshSettings } from '../../src/main/meshing/mesh-settings';
import { triangleCount, type SurfaceParts } from '../../src/main/meshing/surface-parts';
import { SurfaceSpill } from '../../src/main/meshing/surface-spill';
import { boxOfShape } from '../../src/shared/base/box';
import type { Vec3 } from '../../src/shared/base/vec3';
import type { LabelEntry } from '../../src/shared/kernels/label-statistics';
import { meshSharding } from '../../src/shared/precomputed/sharding';
import { labelVolumes, type LabelVolume } from './data';
import type { Benchmark, BenchmarkCase, BenchmarkOptions, Contender } from './harness';
import { PythonPeer } from './peer';

const SHAPE: Vec3 = [192, 192, 192];
export const MESH_SETTINGS: MeshSettings = {
  format: 'multilod',
  resolutionNm: [8, 8, 30],
  voxelOffset: [0, 0, 0],
  errorNm: 40,
  isSmooth: true,
  keptShare: 0,
  maxLevels: 1,
  quantizationBits: 16,
};

/** The surfaces of all labels of a volume, found and simplified with the same error, on one thread. */
export const meshBenchmark: Benchmark = {
  name: 'meshes',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = peers ? await PythonPeer.start('zmesh-meshes.py', ['zmesh', 'numpy']) : undefined;
    try {
      for await (const volume of labelVolumes(SHAPE)) {
        if (volume.name.startsWith('noise')) continue;
        yield await meshCase(volume, folder, peer);
      }
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};

async function meshCase(
  volume: LabelVolume,
  folder: string,
  peer: PythonPeer | undefined,
): Promise<BenchmarkCase> {
  const { triangles } = await meshAll(volume, folder);
  const contenders: Contender[] = [
    { name: `ours, ${triangles} triangles`, run: async () => (await meshAll(volume, folder)).seconds },
  ];
  if (peer !== undefined) {
    const path = join(folder, volume.name);
    await writeFile(path, volume.labels);
    const request = {
      path,
      shape: SHAPE,
      resolution: MESH_SETTINGS.resolutionNm,
      error: MESH_SETTINGS.errorNm,
    };
    const { count } = await peer.answer(request);
    contenders.push({ name: `zmesh (C++), ${count ?? '?'} triangles`, run: () => peer.measured(request) });
  }
  return {
    work: `marching cubes and simplification, ${MESH_SETTINGS.errorNm} nm`,
    data: `${volume.name}, ${SHAPE.join(' × ')}`,
    amount: volume.labels.length / 1e6,
    unit: 'Mvoxel',
    contenders,
    mostRounds: 3,
  };
}

/** Meshes all labels without encoding the meshes. */
async function meshAll(volume: LabelVolume, folder: string): Promise<{ seconds: number; triangles: number }> {
  const start = performance.now();
  let triangles = 0;
  for await (const { levels } of finestLevels(volume, folder)) {
    for (const level of levels) triangles += triangleCount(level);
  }
  return { seconds: (performance.now() - start) / 1000, triangles };
}

/** Meshes all labels. A label's levels can be read until the next one is requested. */
export async function* finestLevels(
  volume: LabelVolume,
  folder: string,
  settings = MESH_SETTINGS,
): AsyncGenerator<{ readonly entry: LabelEntry; readonly levels: readonly SurfaceParts[] }> {
  const file = join(folder, 'pieces');
  const block = { box: boxOfShape(volume.shape), channels: 1, data: volume.labels };
  const cells = cellBox(volume.shape);
  const batches = meshSharding(0, 0);
  await writeFile(
    file,
    meshBlock(block, cells, volume.shape, settings, batches, (id) => id !== 0n),
  );
  for (const { entry, pieces } of labelsOfPart(0, [file])) {
    const spill = new SurfaceSpill(join(folder, 'spill'), 2 ** 28);
    yield { entry, levels: makeLevels(pieces, settings, spill).levels };
    spill.close();
  }
}
