import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joined } from '../../../src/main/meshing/surface-parts';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { STEPS_PER_VOXEL } from '../../../src/shared/kernels/surface-net';
import { indexSoup } from '../../../src/shared/kernels/triangle-soup';
import { finestLevels, MESH_SETTINGS } from '../../bench/meshes';
import { PHANTOM_SHAPES, PHANTOM_SIDE, phantomVoxels } from '../../bench/phantom-shapes';
import { trueLooksOf, type TrueLooks } from '../../bench/surface-looks';

const SHAPE: Vec3 = [PHANTOM_SIDE, PHANTOM_SIDE, PHANTOM_SIDE];

/** Meshes a phantom at the default settings. */
async function looks(name: string): Promise<TrueLooks> {
  const phantom = PHANTOM_SHAPES.find((shape) => shape.name.startsWith(name));
  if (phantom === undefined) throw new Error(`there is no phantom ${name}`);
  const folder = await mkdtemp(join(tmpdir(), 'phantom-looks-'));
  const settings = { ...MESH_SETTINGS, resolutionNm: [16, 16, 16] as const, errorNm: 16 };
  const found: TrueLooks[] = [];
  try {
    const volume = { name, shape: SHAPE, labels: phantomVoxels(phantom) };
    for await (const { levels } of finestLevels(volume, folder, settings)) {
      const { positions, triangles } = indexSoup(joined(levels[0] ?? []));
      const inVoxels = Float64Array.from(positions, (p) => p / STEPS_PER_VOXEL);
      found.push(trueLooksOf({ positions: inVoxels, triangles }, phantom));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} meshes`);
  return only;
}

test.each([
  // The rim of the plate and the ends of the tube are edges.
  { name: 'ball', normals: 3, folds: 0.005, triangles: 1000 },
  { name: 'torus', normals: 4.2, folds: 0.005, triangles: 1100 },
  { name: 'plate', normals: 4.5, folds: 0.1, triangles: 900 },
  { name: 'tube', normals: 8.5, folds: 0.1, triangles: 480 },
])('the surface of a $name is smooth, true and light', async ({ name, normals, folds, triangles }) => {
  const found = await looks(name);
  expect(found.normals).toBeLessThan(normals);
  expect(found.folds).toBeLessThan(folds);
  expect(found.triangles).toBeLessThan(triangles);
  expect(found.slivers).toBeLessThan(0.02);
  expect(found.openEdges).toBe(0);
  expect(Math.abs(found.volume - 1)).toBeLessThan(0.03);
  expect(found.farthest).toBeLessThan(0.55);
});
