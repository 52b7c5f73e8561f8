import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape, boxShape, boxVolume, type Box } from '../../../../src/shared/base/box';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { MeshFolder } from '../../../mesh-reader';
import { sharedData } from '../../../shared-data';
import { edgeFaults, enclosedVolume, splitVertices, type Surface } from '../../../shared/kernels/mesh-checks';
import { largestDistance } from '../../../shared/kernels/surface-distance';
import { surfaceOf } from '../../../shared/kernels/voxel-surface';
import { temporaryFolder } from '../../../temporary-folder';
import { levelNm } from '../../meshing/multilod-reader';

/** The volumes of specks depend on how they are relaxed more than on how they are simplified. */
const LEAST_VOXELS = 1000;
/** Positions of a level are rounded to multiples of a sixteenth of its error at most. */
const ROUNDING = Math.sqrt(3) / 32;

interface Labels {
  readonly shape: Vec3;
  readonly nm: Vec3;
  readonly data: BigUint64Array;
}

interface Levels {
  readonly id: bigint;
  readonly voxels: number;
  /** The surfaces of the levels in nm, as they are read from the written files. */
  readonly surfaces: readonly Surface[];
}

/** Converts labels, and reads all levels of all of their meshes. */
async function* levelsOf({ shape, nm, data }: Labels, errorNm: number, flags: Flags): AsyncGenerator<Levels> {
  const folder = await temporaryFolder();
  await writeTiffStack(join(folder, 'slices'), { box: boxOfShape(shape), channels: 1, data });
  const output = join(folder, 'dataset');
  const settings = { resolution: nm.join(), mesh: 'multilod', meshError: String(errorNm) };
  await convertVolume(join(folder, 'slices'), output, { ...settings, ...flags });
  const counts = new Map<bigint, number>();
  for (const id of data) counts.set(id, (counts.get(id) ?? 0) + 1);
  counts.delete(0n);
  const meshes = await MeshFolder.open(join(output, 'mesh'));
  for (const [id, voxels] of counts) {
    const mesh = await meshes.multilod(id);
    if (mesh === undefined) throw new Error(`${id} has no mesh`);
    yield { id, voxels, surfaces: mesh.levels.map((_, level) => levelNm(mesh, level, 16)) };
  }
}

/** Expects what holds for each level of a label. Returns the number of levels. */
function expectSound({ id, voxels, surfaces }: Levels, nm: Vec3, errorNm: number): number {
  surfaces.forEach((surface, level) => {
    const name = `level ${level} of ${id}`;
    expect(edgeFaults(surface), name).toEqual({ open: [], double: [] });
    expect(splitVertices(surface), name).toEqual([]);
    const share = enclosedVolume(surface) / (voxels * product3(nm));
    if (voxels >= LEAST_VOXELS) expect(Math.abs(share - 1), `volume of ${name}`).toBeLessThan(0.01);
    const finer = surfaces[level - 1];
    if (finer === undefined) return;
    expect(surface.triangles.length, name).toBeLessThan(0.75 * finer.triangles.length);
    const bound = errorNm * 2 ** level;
    // A level may add half of its bound to what the finer one deviates.
    const farthest = largestDistance(finer, surface, bound);
    expect(farthest, name).toBeLessThan((0.5 + ROUNDING) * bound);
    expect(farthest, name).toBeGreaterThan(0);
  });
  return surfaces.length;
}

const SIDE = 96;

function isRing(x: number, y: number, z: number): boolean {
  return Math.hypot(Math.hypot(x - 47.3, y - 48.1) - 28.4, z - 47.6) < 14.2;
}

/** A torus, through whose hole goes a rod with another label. */
function phantom(): Labels {
  const data = new BigUint64Array(SIDE ** 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y, z] = [i % SIDE, Math.floor(i / SIDE) % SIDE, Math.floor(i / SIDE ** 2)];
    if (isRing(x, y, z)) data[i] = 7n;
    else if (Math.hypot(x - 47.3, y - 48.1) < 16 && z > 3 && z < 92) data[i] = 2n ** 40n;
  }
  return { shape: [SIDE, SIDE, SIDE], nm: [16, 16, 16], data };
}

test('each level of a phantom is a closed manifold, near the finer one, with the volume of the voxels', async () => {
  const labels = phantom();
  let most = 0;
  for await (const levels of levelsOf(labels, 1, {})) {
    most = Math.max(most, expectSound(levels, labels.nm, 1));
  }
  expect(most).toBe(3);
});

test('each level of a phantom whose steps are kept is within its error of the faces of the voxels', async () => {
  const labels: Labels = { ...phantom(), nm: [4, 4, 10] };
  const voxels = surfaceOf(SIDE, isRing, false);
  for await (const { id, surfaces } of levelsOf(labels, 6, { meshSmoothing: 'none' })) {
    if (id !== 7n) continue;
    expect(surfaces.length).toBe(2);
    surfaces.forEach((surface, level) => {
      const bound = 6 * 2 ** level;
      expect(largestDistance(voxels, surface, bound), `level ${level}`).toBeLessThanOrEqual(bound);
    });
  }
});

const stack = sharedData('em-stack');

test.skipIf(stack === undefined)(
  'each level of real tissue is a closed manifold, near the finer one, with the volume of the voxels',
  async () => {
    const box: Box = { min: [100, 200, 64], max: [228, 328, 112] };
    const source = await openSource(stack ?? '', { kind: 'segmentation', gaps: 'refuse' });
    const data = new BigUint64Array(boxVolume(box));
    await source.read(box, { box, channels: 1, data });
    await source.close();
    const labels: Labels = { shape: boxShape(box), nm: [16, 16, 40], data };
    const counts: number[] = [];
    for await (const levels of levelsOf(labels, 5, {})) counts.push(expectSound(levels, labels.nm, 5));
    expect(counts.length).toBeGreaterThan(20);
    expect(counts.filter((count) => count > 1).length).toBeGreaterThan(3);
  },
);
