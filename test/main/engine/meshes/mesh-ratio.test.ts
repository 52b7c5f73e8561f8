import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import type { Flags } from '../../../convert-volume';
import { writeSmallDataset } from '../../../fixtures/small-dataset';
import { meshDataset } from '../../../mesh-dataset';
import { MeshFolder } from '../../../mesh-reader';
import { edgeFaults, splitVertices } from '../../../shared/kernels/mesh-checks';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree } from '../../../tree-hash';

const SIZE: Vec3 = [50, 44, 40];

/** A ball, and around it a shell with a wavy surface. */
function label(x: number, y: number, z: number): 0 | 1 | 2 {
  const distance = Math.hypot(x - 25, y - 22, 1.3 * (z - 20));
  if (distance < 10) return 1;
  return distance < 16 + 2 * Math.sin(x) * Math.cos(y / 2) ? 2 : 0;
}

/** Returns the numbers of triangles of labels 1 and 2 before simplification: two for each face between voxels. */
function foundTriangles(): number[] {
  const counts = [0, 0];
  for (let z = 0; z <= SIZE[2]; z++) {
    for (let y = 0; y <= SIZE[1]; y++) {
      for (let x = 0; x <= SIZE[0]; x++) {
        const here = label(x, y, z);
        for (const other of [label(x - 1, y, z), label(x, y - 1, z), label(x, y, z - 1)]) {
          if (other === here) continue;
          for (const side of [here, other]) if (side > 0) counts[side - 1] = (counts[side - 1] ?? 0) + 2;
        }
      }
    }
  }
  return counts;
}

async function meshed(flags: Flags): Promise<string> {
  const root = join(await temporaryFolder(), 'dataset');
  await writeSmallDataset(root, SIZE, (x, y, z) => BigInt(label(x, y, z)));
  await meshDataset(root, { mesh: 'legacy', ...flags });
  return join(root, 'mesh');
}

/** Returns the share of its triangles that each label has kept. */
async function keptShares(folder: string): Promise<number[]> {
  const meshes = await MeshFolder.open(folder);
  const shares = [];
  for (const [i, found] of foundTriangles().entries()) {
    const surface = await meshes.legacy(BigInt(i + 1));
    if (surface === undefined) throw new TypeError(`no mesh of ${i + 1}`);
    expect(edgeFaults(surface)).toEqual({ open: [], double: [] });
    expect(splitVertices(surface)).toEqual([]);
    shares.push(surface.triangles.length / 3 / found);
  }
  return shares;
}

test.each([
  ['40%', 0.4],
  ['0.1', 0.1],
])(
  'with a ratio of %s every segment keeps as many triangles, whatever the blocks',
  async (meshRatio, share) => {
    const folder = await meshed({ meshRatio, meshBlock: '32', workers: 2 });
    for (const kept of await keptShares(folder)) expect(Math.abs(kept / share - 1)).toBeLessThan(0.05);
    const other = await meshed({ meshRatio, meshBlock: '128', workers: 1 });
    expect(await hashTree(other)).toBe(await hashTree(folder));
  },
);

test('of a ratio and an error, the one that is reached first holds', async () => {
  const byError = await keptShares(await meshed({ meshError: '3' }));
  const both = await keptShares(await meshed({ meshError: '3', meshRatio: '0.01' }));
  both.forEach((kept, i) => {
    expect(kept / (byError[i] ?? NaN)).toBeCloseTo(1, 1);
  });
  const byRatio = await keptShares(await meshed({ meshError: '3', meshRatio: '0.9' }));
  for (const kept of byRatio) expect(Math.abs(kept - 0.9)).toBeLessThan(0.02);
});
