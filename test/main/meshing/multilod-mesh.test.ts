import { beforeAll, describe, expect, test } from 'vitest';
import { indexSoup } from '../../../src/shared/kernels/triangle-soup';
import { encodeDraco, loadDraco } from '../../../src/main/meshing/draco-encoder';
import { roundingSteps, stepNm } from '../../../src/main/meshing/lattice';
import { makeLevels, type LabelLevels } from '../../../src/main/meshing/label-levels';
import { encodeMultilod } from '../../../src/main/meshing/multilod-mesh';
import type { MeshSettings } from '../../../src/main/meshing/mesh-settings';
import { joined, partOf, triangleCount } from '../../../src/main/meshing/surface-parts';
import { SurfaceSpill } from '../../../src/main/meshing/surface-spill';
import {
  bounds,
  canonicalTriangles,
  edgeFaults,
  enclosedVolume,
  type Surface,
} from '../../shared/kernels/mesh-checks';
import { soupOfVoxels, type Inside } from '../../shared/kernels/voxel-surface';
import { decodeDraco, levelNm, readMultilod, type ReadLevel, type ReadMesh } from './multilod-reader';

beforeAll(async () => {
  await loadDraco();
});

const SETTINGS: MeshSettings = {
  format: 'multilod',
  resolutionNm: [16, 16, 40],
  voxelOffset: [100, 0, -7],
  errorNm: 20,
  isSmooth: true,
  keptShare: 0,
  maxLevels: 4,
  quantizationBits: 16,
};

/** Returns the closed surface of the voxels for which `inside` is true, with the steps of the voxels. */
function surface(size: number, inside: Inside): Int32Array {
  return soupOfVoxels(size, inside, false);
}

/** Returns a level in whole steps of its lattice. The numbers are exact, so that no crack is missed. */
function wholeSteps(level: ReadLevel, bits: number): Surface {
  const steps = 2 ** bits - 1;
  const corners = level.fragments.flatMap(({ position, mesh }) =>
    Array.from(mesh.triangles, (vertex) =>
      [0, 1, 2].map((i) => Number(mesh.positions[3 * vertex + i]) + Number(position[i]) * steps),
    ).flat(),
  );
  return indexSoup(Int32Array.from(corners));
}

function inNm({ chunkShape, gridOrigin }: ReadMesh, mesh: Surface, level: number, bits: number): Surface {
  const positions = Array.from(
    mesh.positions,
    (p, i) => (gridOrigin[i % 3] ?? 0) + (p * (chunkShape[i % 3] ?? 0) * 2 ** level) / (2 ** bits - 1),
  );
  return { ...mesh, positions };
}

const ball = surface(40, (x, y, z) => Math.hypot(x - 19.5, y - 19.5, z - 19.5) < 19);
const coil = surface(
  40,
  (x, y, z) => Math.hypot(x - 20 - 12 * Math.cos(z / 5), y - 20 - 12 * Math.sin(z / 5)) < 4,
);
const voxel = surface(3, (x, y, z) => x === 1 && y === 1 && z === 1);

/** Returns levels with as many parts and nodes as otherwise only large labels have. */
function levelsOf(corners: Int32Array, count: number): LabelLevels {
  const half = Math.floor(corners.length / 18) * 9;
  const parts = [corners.subarray(0, half), corners.subarray(half)].map(partOf);
  return { levels: Array.from({ length: count }, () => parts), depth: count };
}

/** No file is needed, as the tests keep everything in memory. */
const spill = new SurfaceSpill('', Infinity);

function encode(levels: LabelLevels, settings: MeshSettings) {
  const fragments: Uint8Array[] = [];
  const manifest = encodeMultilod(levels, settings, spill, (bytes) => fragments.push(bytes));
  return { manifest, fragments: Buffer.concat(fragments) };
}

describe.each([10, 16] as const)('with %i bits', (bits) => {
  const settings = { ...SETTINGS, quantizationBits: bits };

  test.each([
    ['a ball', ball],
    ['a coil', coil],
    ['a voxel', voxel],
  ])('%s is closed at every level, in nodes that Neuroglancer can split', async (_, corners) => {
    const encoded = encode(levelsOf(corners, 3), settings);
    const mesh = await readMultilod(encoded.manifest, encoded.fragments, bits);
    expect(mesh.levels.map(({ scale }) => scale)).toEqual([80, 160, 320]);
    mesh.levels.forEach((level, i) => {
      const whole = wholeSteps(level, bits);
      expect(edgeFaults(whole).open).toEqual([]);
      expect(enclosedVolume(whole)).toBeGreaterThan(0);
      expect(level.vertexOffset).toEqual([0, 0, 0]);
      for (const { mesh: part, octantStarts, sizeBytes } of level.fragments) {
        expect(Array.from(part.positions).filter((p) => p > 2 ** bits - 1)).toEqual([]);
        if (i > 0 && sizeBytes > 0) expectOctants(part, octantStarts, 2 ** (bits - 1));
      }
    });
    expect(mesh.levels[2]?.fragments.length).toBe(1);
    expectOctree(mesh);
  });

  test('a surface that is folded flat has no edge of four triangles where it is cut', async () => {
    const [v, w, x, y, z] = ['0,30,0', '30,30,60', '10,0,0', '20,15,30', '60,10,0'];
    const faces = [v, w, x, w, v, y, v, x, z, x, w, z, w, y, z, y, v, z];
    const encoded = encode(levelsOf(Int32Array.from(faces.join().split(',').map(Number)), 2), settings);
    const { levels } = await readMultilod(encoded.manifest, encoded.fragments, bits);
    expect(levels[0]?.fragments.length).toBeGreaterThan(1);
    for (const level of levels) {
      expect(edgeFaults(wholeSteps(level, bits))).toEqual({ open: [], double: [] });
    }
  });

  test('the finest level has the exact bounds of the voxels', async () => {
    const box = surface(12, (x, y, z) => x >= 2 && x < 9 && y >= 1 && y < 12 && z >= 5 && z < 8);
    const encoded = encode(levelsOf(box, 1), settings);
    const mesh = await readMultilod(encoded.manifest, encoded.fragments, bits);
    const finest = mesh.levels[0];
    if (finest === undefined) throw new TypeError('no level');
    const found = bounds(inNm(mesh, wholeSteps(finest, bits), 0, bits));
    const expected = { min: [102 * 16, 16, -2 * 40], max: [109 * 16, 12 * 16, 40] };
    for (const side of ['min', 'max'] as const) {
      found[side].forEach((p, i) => {
        expect(p).toBeCloseTo(expected[side][i] ?? NaN, 2);
      });
    }
  });
});

test.each([
  ['a voxel', voxel],
  ['a bar', surface(12, (x, y, z) => x > 0 && x < 11 && y === 5 && z === 5)],
])('%s is encoded in small numbers, in a node that viewers can leave out', async (_, corners) => {
  const encoded = encode(levelsOf(corners, 1), SETTINGS);
  const mesh = await readMultilod(encoded.manifest, encoded.fragments, 16);
  const found = bounds(levelNm(mesh, 0, 16));
  const extent = Math.max(...found.max.map((p, axis) => p - (found.min[axis] ?? NaN)));
  for (const sideNm of mesh.chunkShape) {
    expect(sideNm).toBeGreaterThan(4 * extent);
    expect(sideNm).toBeLessThan(9 * extent);
  }
});

test.each([
  ['a voxel', voxel],
  ['a coil', coil],
])('the middle of a single node, to which the viewer goes, is that of %s', async (_, corners) => {
  const encoded = encode(levelsOf(corners, 1), SETTINGS);
  const mesh = await readMultilod(encoded.manifest, encoded.fragments, 16);
  const found = bounds(levelNm(mesh, 0, 16));
  mesh.chunkShape.forEach((sideNm, axis) => {
    const middle = (mesh.gridOrigin[axis] ?? NaN) + sideNm / 2;
    const expected = ((found.min[axis] ?? NaN) + (found.max[axis] ?? NaN)) / 2;
    expect(Math.abs(middle - expected)).toBeLessThanOrEqual(
      roundingSteps(SETTINGS)[axis as 0] * stepNm(SETTINGS)[axis as 0],
    );
  });
});

test.each([
  ['a ball', ball],
  ['a coil', coil],
])('%s is cut far from where its vertices are rounded to', async (_, corners) => {
  const encoded = encode(levelsOf(corners, 3), SETTINGS);
  const { chunkShape } = await readMultilod(encoded.manifest, encoded.fragments, 16);
  const fromUnits = chunkShape.flatMap((sideNm, axis) =>
    [1, 2, 3].map((node) => {
      const units = (node * sideNm) / (roundingSteps(SETTINGS)[axis as 0] * stepNm(SETTINGS)[axis as 0]);
      return Math.abs(units - Math.round(units));
    }),
  );
  expect(Math.min(...fromUnits)).toBeGreaterThan(0.1);
});

test("Google's decoder finds the triangles that were encoded", async () => {
  const mesh = indexSoup(ball);
  expect(canonicalTriangles(await decodeDraco(encodeDraco(mesh)))).toEqual(canonicalTriangles(mesh));
});

test('levels are made within twice the error each, closed, and fewer triangles', () => {
  const { levels } = makeLevels([partOf(coil)], { ...SETTINGS, errorNm: 40 }, spill);
  expect(levels.length).toBe(1);
  const [finest = []] = levels;
  expect(triangleCount(finest)).toBeLessThan(coil.length / 9 / 3);
  expect(edgeFaults(indexSoup(joined(finest)))).toEqual({
    open: [],
    double: [],
  });
});

test('the same label gives the same bytes', () => {
  const first = encode(makeLevels([partOf(coil)], SETTINGS, spill), SETTINGS);
  const second = encode(makeLevels([partOf(coil.slice())], SETTINGS, spill), SETTINGS);
  expect(second).toEqual(first);
});

/** Expects the triangles of each octant, in the viewer's order, to lie in the octant. */
function expectOctants({ positions, triangles }: Surface, starts: readonly number[], middle: number): void {
  expect(starts.length).toBe(9);
  expect(starts[8]).toBe(triangles.length);
  const strays: number[] = [];
  for (let octant = 0; octant < 8; octant++) {
    for (let c = starts[octant] ?? 0; c < (starts[octant + 1] ?? 0); c++) {
      for (let axis = 0; axis < 3; axis++) {
        const p = Number(positions[3 * Number(triangles[c]) + axis]);
        if (((octant >> axis) & 1) === 0 ? p > middle : p < middle) strays.push(c);
      }
    }
  }
  expect(strays).toEqual([]);
}

/** Expects nodes in Z-curve order, each with its parent in the level above. */
function expectOctree({ levels }: ReadMesh): void {
  const code = (position: readonly number[]): bigint => {
    let result = 0n;
    for (let bit = 0; bit < 21; bit++) {
      for (let axis = 0; axis < 3; axis++) {
        result |= BigInt((Number(position[axis]) >> bit) & 1) << BigInt(3 * bit + axis);
      }
    }
    return result;
  };
  levels.forEach(({ fragments }, level) => {
    const codes = fragments.map(({ position }) => code(position));
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => (a < b ? -1 : 1)));
    const parents = new Set(levels[level + 1]?.fragments.map(({ position }) => position.join()));
    if (level + 1 === levels.length) return;
    for (const { position } of fragments) expect(parents.has(position.map((p) => p >> 1).join())).toBe(true);
  });
}
