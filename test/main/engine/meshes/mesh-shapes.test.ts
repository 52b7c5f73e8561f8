import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { containsBox, type Box } from '../../../../src/shared/base/box';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import type { Flags } from '../../../convert-volume';
import { writeSmallDataset } from '../../../fixtures/small-dataset';
import { meshDataset } from '../../../mesh-dataset';
import { MeshFolder } from '../../../mesh-reader';
import {
  bounds,
  edgeFaults,
  enclosedVolume,
  splitVertices,
  type Surface,
} from '../../../shared/kernels/mesh-checks';
import { temporaryFolder } from '../../../temporary-folder';
import { levelNm } from '../../meshing/multilod-reader';

const SIZE: Vec3 = [44, 40, 36];
const OFFSET: Vec3 = [1000, 0, -7];
const VOXEL_NM: Vec3 = [10, 10, 20];

/** Returns the box of voxels [min, min + shape). */
function box(min: Vec3, shape: Vec3): Box {
  return { min, max: [min[0] + shape[0], min[1] + shape[1], min[2] + shape[2]] };
}

interface Shape {
  readonly name: string;
  readonly id: bigint;
  readonly boxes: readonly Box[];
  /** Boxes that are cut out of `boxes`. */
  readonly holes?: readonly Box[];
}

/** Eight labels around the point in which four pieces of the meshing meet. */
const MEETING: readonly Shape[] = Array.from({ length: 8 }, (_, i) => ({
  name: `octant ${i} of eight labels that meet at a point`,
  id: 100n + BigInt(i),
  boxes: [box([29 + 3 * (i & 1), 32 + 2 * ((i >> 1) & 1), 15 + 3 * (i >> 2)], [3, 2, 3])],
}));

/** Many of the shapes lie across the borders of pieces, at 31.5. */
const SHAPES: readonly Shape[] = [
  { name: 'one voxel', id: 1n, boxes: [box([31, 31, 31], [1, 1, 1])] },
  {
    name: 'a plate of one voxel across z',
    id: 2n ** 64n - 1n,
    boxes: [box([3, 3, 9], [36, 17, 1])],
  },
  {
    name: 'a plate of one voxel across x',
    id: 3n,
    boxes: [box([36, 3, 12], [1, 27, 21])],
  },
  { name: 'a thread', id: 4n, boxes: [box([2, 36, 33], [40, 1, 1])] },
  {
    name: 'voxels that touch by an edge',
    id: 5n,
    boxes: [box([31, 24, 31], [1, 1, 1]), box([32, 25, 31], [1, 1, 1])],
  },
  {
    name: 'voxels that touch by a corner',
    id: 6n,
    boxes: [box([25, 31, 31], [1, 1, 1]), box([26, 32, 32], [1, 1, 1])],
  },
  {
    name: 'boxes that touch by an edge across the diagonal',
    id: 7n,
    boxes: [box([3, 24, 12], [3, 2, 4]), box([6, 22, 12], [2, 2, 4])],
  },
  {
    name: 'a box with two cavities',
    id: 8n,
    boxes: [box([3, 3, 12], [14, 12, 20])],
    holes: [box([5, 5, 14], [1, 1, 1]), box([8, 6, 15], [4, 3, 5])],
  },
  {
    name: 'a box with a tunnel',
    id: 9n,
    boxes: [box([20, 3, 12], [6, 5, 3])],
    holes: [box([22, 4, 12], [2, 2, 3])],
  },
  {
    name: 'a box upon a box',
    id: 10n,
    boxes: [box([20, 24, 12], [6, 6, 2]), box([22, 26, 14], [2, 2, 2])],
  },
  {
    name: 'a shell that touches every face of the volume',
    id: 2n ** 63n,
    boxes: [box([0, 0, 0], SIZE)],
    holes: [box([1, 1, 1], [42, 38, 34])],
  },
  ...MEETING,
];

function isIn({ boxes, holes = [] }: Shape, [x, y, z]: Vec3): boolean {
  const voxel = box([x, y, z], [1, 1, 1]);
  return boxes.some((b) => containsBox(b, voxel)) && !holes.some((b) => containsBox(b, voxel));
}

function voxelCount(shape: Shape): number {
  let count = 0;
  for (let z = 0; z < SIZE[2]; z++) {
    for (let y = 0; y < SIZE[1]; y++)
      for (let x = 0; x < SIZE[0]; x++) count += Number(isIn(shape, [x, y, z]));
  }
  return count;
}

function expectSound(surface: Surface): void {
  expect(edgeFaults(surface)).toEqual({ open: [], double: [] });
  expect(splitVertices(surface)).toEqual([]);
}

/** Checks the bounds in voxels of the volume, allowing for a hundredth of a voxel of quantization. */
function expectBounds(surface: Surface, { boxes }: Shape, deviationNm: number): void {
  const found = bounds(surface);
  for (const axis of [0, 1, 2] as const) {
    const at = (voxel: number): number => (voxel + OFFSET[axis]) * VOXEL_NM[axis];
    const low = at(Math.min(...boxes.map(({ min }) => min[axis])));
    const high = at(Math.max(...boxes.map(({ max }) => max[axis])));
    expect(Math.abs((found.min[axis] ?? NaN) - low)).toBeLessThan(deviationNm + 0.01);
    expect(Math.abs((found.max[axis] ?? NaN) - high)).toBeLessThan(deviationNm + 0.01);
  }
}

async function dataset(): Promise<string> {
  const folder = join(await temporaryFolder(), 'dataset');
  const label = (x: number, y: number, z: number): bigint => {
    const owners = SHAPES.filter((shape) => isIn(shape, [x, y, z]));
    if (owners.length > 1) throw new RangeError(`${owners.map(({ name }) => name).join(' and ')} overlap`);
    return owners[0]?.id ?? 0n;
  };
  await writeSmallDataset(folder, SIZE, label, OFFSET);
  return folder;
}

/** Returns the surfaces of all shapes, as a reader of the format finds them. */
async function surfaces(format: 'multilod' | 'legacy', flags: Flags): Promise<[Shape, Surface][]> {
  const root = await dataset();
  await meshDataset(root, { mesh: format, meshBlock: '32', ...flags });
  const folder = await MeshFolder.open(join(root, 'mesh'));
  const found: [Shape, Surface][] = [];
  for (const shape of SHAPES) {
    if (format === 'legacy') {
      const surface = await folder.legacy(shape.id);
      if (surface !== undefined) found.push([shape, surface]);
    } else {
      const mesh = await folder.multilod(shape.id);
      if (mesh !== undefined) found.push([shape, levelNm(mesh, 0, 16)]);
    }
  }
  expect(found).toHaveLength(SHAPES.length);
  return found;
}

describe.each(['multilod', 'legacy'] as const)('awkward shapes as %s', (format) => {
  test('are exact where nothing may deviate', async () => {
    for (const [shape, surface] of await surfaces(format, { meshError: '0.001', meshSmoothing: 'none' })) {
      expectSound(surface);
      expectBounds(surface, shape, 0);
      const volume = enclosedVolume(surface) / (VOXEL_NM[0] * VOXEL_NM[1] * VOXEL_NM[2]);
      const share = volume / voxelCount(shape);
      // Parts that touch by an edge are joined by a bridge; parts that touch by a corner are pulled apart.
      const slack = shape.name.includes('touch by') ? 0.1 : 1e-6;
      expect(Math.abs(share - 1), `${shape.name}: ${volume}`).toBeLessThan(slack);
    }
  });

  test('stay closed manifolds within the error when they are simplified', async () => {
    const errorNm = 4;
    for (const [shape, surface] of await surfaces(format, { meshError: String(errorNm) })) {
      expectSound(surface);
      // Relaxation moves the surface by at most half a voxel.
      expectBounds(surface, shape, errorNm + Math.max(...VOXEL_NM) / 2);
      expect(enclosedVolume(surface), shape.name).toBeGreaterThan(0);
    }
  });
});
