import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labelsOfPart } from '../../../src/main/meshing/batch-labels';
import { partsOf } from '../../../src/main/meshing/batch-parts';
import { meshBlock } from '../../../src/main/meshing/mesh-block';
import { cellBox } from '../../../src/main/meshing/mesh-cells';
import type { MeshSettings } from '../../../src/main/meshing/mesh-settings';
import { triangleCount } from '../../../src/main/meshing/surface-parts';
import { boxOfShape } from '../../../src/shared/base/box';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { meshSharding } from '../../../src/shared/precomputed/sharding';
import { temporaryFolder } from '../../temporary-folder';

const SIDE = 48;
const SETTINGS: MeshSettings = {
  format: 'multilod',
  resolutionNm: [8, 8, 8],
  voxelOffset: [0, 0, 0],
  errorNm: 8,
  isSmooth: true,
  // Pieces are not simplified then, which takes time.
  keptShare: 1,
  maxLevels: 6,
  quantizationBits: 16,
};

/** Labels of 2 × 2 × 1 voxels, numbered from 1. */
function tinyLabels(): Uint32Array {
  const labels = new Uint32Array(SIDE ** 3);
  for (let z = 0, i = 0; z < SIDE; z++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++, i++) labels[i] = ((z * SIDE) / 2 + (y >> 1)) * (SIDE / 2) + (x >> 1) + 1;
    }
  }
  return labels;
}

test('a block with very many labels leaves its pieces in sections of bounded size', async () => {
  const size: Vec3 = [SIDE, SIDE, SIDE];
  const batches = meshSharding(1, 2);
  const block = { box: boxOfShape(size), channels: 1, data: tinyLabels() };
  const path = join(await temporaryFolder(), 'pieces');
  const sizes: number[] = [];
  await writeFile(path, '');
  for (const section of meshBlock(block, cellBox(size), size, SETTINGS, batches, () => true)) {
    sizes.push(section.length);
    await writeFile(path, section, { flag: 'a' });
  }
  expect(sizes.length).toBeGreaterThan(1);
  // A section is complete when it has 8 MiB; the counts of 64³ voxels come on top.
  expect(Math.max(...sizes)).toBeLessThan(12 * 2 ** 20);
  const found = new Set<bigint>();
  for (const batch of [0, 1]) {
    for (const part of partsOf(batch, batches)) {
      for (const { entry, pieces } of labelsOfPart(part, [path])) {
        found.add(entry.id);
        expect(entry.voxels).toBe(4);
        expect(triangleCount(pieces)).toBeGreaterThanOrEqual(4);
      }
    }
  }
  expect(found.size).toBe(SIDE ** 3 / 4);
});
