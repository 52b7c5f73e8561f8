import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { MarchingCubes, type LabelSurfaces } from '../../../src/shared/kernels/marching-cubes';
import { caseTable, EDGE_CORNERS } from '../../../src/shared/kernels/marching-cubes-table';
import { randomWords } from '../../random';
import { marchingCubesTwin } from './marching-cubes-twin';
import {
  bounds,
  canonicalTriangles,
  edgeFaults,
  enclosedVolume,
  splitVertices,
  type Surface,
} from './mesh-checks';

/** A volume drawn by a function of the position, with a layer of background about it. */
function draw(shape: Vec3, label: (x: number, y: number, z: number) => number): [Uint32Array, Vec3] {
  const padded: Vec3 = [shape[0] + 2, shape[1] + 2, shape[2] + 2];
  const labels = new Uint32Array(padded[0] * padded[1] * padded[2]);
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++) {
        labels[((z + 1) * padded[1] + y + 1) * padded[0] + x + 1] = label(x, y, z);
      }
    }
  }
  return [labels, padded];
}

/** The surfaces by label, in voxels of the volume without its padding. */
function surfaces(result: LabelSurfaces): Map<number, Surface> {
  return new Map(
    [...result.labels].map((label, i) => {
      const positions = result.positions.slice(
        3 * (result.vertexStarts[i] ?? 0),
        3 * (result.vertexStarts[i + 1] ?? 0),
      );
      const triangles = result.triangles.slice(
        3 * (result.triangleStarts[i] ?? 0),
        3 * (result.triangleStarts[i + 1] ?? 0),
      );
      return [label, { positions: Array.from(positions, (p) => p / 2 - 1), triangles }];
    }),
  );
}

function mesh(shape: Vec3, label: (x: number, y: number, z: number) => number): Map<number, Surface> {
  const [labels, padded] = draw(shape, label);
  return surfaces(new MarchingCubes().run(labels, padded, 1 + Math.max(...labels)));
}

function expectSound(surface: Surface | undefined): asserts surface is Surface {
  if (surface === undefined) throw new TypeError('no surface');
  expect(edgeFaults(surface)).toEqual({ open: [], double: [] });
  expect(splitVertices(surface)).toEqual([]);
  expect(enclosedVolume(surface)).toBeGreaterThan(0);
}

function randomLabels(shape: Vec3, seed: number, labelCount: number): Uint32Array {
  const random = randomWords(seed);
  const [labels] = draw(shape, () => random() % labelCount);
  return labels;
}

describe('the case table', () => {
  const { starts, slots } = caseTable();

  test('has no diagonal on a face of the cell but at most one triangle a loop edge', () => {
    for (let mask = 0; mask < 256; mask++) {
      const edges = new Map<string, number>();
      for (let t = starts[mask] ?? 0; t < (starts[mask + 1] ?? 0); t++) {
        for (let i = 0; i < 3; i++) {
          const a = (slots[3 * t + i] ?? 0) >> 1;
          const b = (slots[3 * t + ((i + 1) % 3)] ?? 0) >> 1;
          const key = [Math.min(a, b), Math.max(a, b)].join();
          edges.set(key, (edges.get(key) ?? 0) + 1);
        }
      }
      for (const [key, count] of edges) {
        const corners = key.split(',').flatMap((edge) => EDGE_CORNERS[Number(edge)] ?? []);
        const onFace = [0, 1, 2].some((axis) => new Set(corners.map((c) => (c >> axis) & 1)).size === 1);
        expect([mask, key, count]).toEqual([mask, key, onFace ? 1 : 2]);
      }
    }
  });
});

describe('the surface of', () => {
  test('one voxel is an octahedron of a sixth of its volume, on the voxel', () => {
    const surface = mesh([3, 3, 3], (x, y, z) => Number(x === 1 && y === 1 && z === 1)).get(1);
    expectSound(surface);
    expect(surface.triangles.length).toBe(3 * 8);
    expect(bounds(surface)).toEqual({ min: [1, 1, 1], max: [2, 2, 2] });
    expect(enclosedVolume(surface)).toBeCloseTo(1 / 6, 12);
  });

  test.each([
    [4, 5, 6],
    [7, 1, 5],
    [6, 6, 1],
    [9, 1, 1],
  ])('a box of %i × %i × %i voxels has its bounds and the volume that is stated', (a, b, c) => {
    const inside = (x: number, y: number, z: number): boolean =>
      x >= 2 && x < 2 + a && y >= 3 && y < 3 + b && z >= 1 && z < 1 + c;
    const surface = mesh([12, 12, 12], (x, y, z) => Number(inside(x, y, z))).get(1);
    expectSound(surface);
    expect(bounds(surface)).toEqual({ min: [2, 3, 1], max: [2 + a, 3 + b, 1 + c] });
    expect(enclosedVolume(surface)).toBeCloseTo(a * b * c - (a + b + c - 3) / 2 - 5 / 6, 9);
  });

  test('a label that fills the volume is closed at all its faces', () => {
    const surface = mesh([3, 4, 5], () => 1).get(1);
    expectSound(surface);
    expect(bounds(surface)).toEqual({ min: [0, 0, 0], max: [3, 4, 5] });
  });

  test('voxels that touch by an edge are two pieces', () => {
    const surface = mesh([3, 3, 1], (x, y) => Number(x === y && x < 2)).get(1);
    expectSound(surface);
    expect(surface.positions.length / 3).toBe(12);
    expect(enclosedVolume(surface)).toBeCloseTo(2 / 6, 12);
  });

  test('voxels that touch by a corner are two pieces', () => {
    const surface = mesh([3, 3, 3], (x, y, z) => Number(x === y && y === z && x < 2)).get(1);
    expectSound(surface);
    expect(enclosedVolume(surface)).toBeCloseTo(2 / 6, 12);
  });

  test('a ring goes round its hole', () => {
    const surface = mesh([5, 5, 1], (x, y) => Number(x === 0 || x === 4 || y === 0 || y === 4)).get(1);
    expectSound(surface);
    const vertices = surface.positions.length / 3;
    const triangles = surface.triangles.length / 3;
    expect(vertices - triangles / 2).toBe(0);
  });

  test('a label with a cavity has a surface inside that faces the cavity', () => {
    const surface = mesh([5, 5, 5], (x, y, z) => (x === 2 && y === 2 && z === 2 ? 0 : 1)).get(1);
    expectSound(surface);
    const solid = mesh([5, 5, 5], () => 1).get(1);
    expectSound(solid);
    expect(enclosedVolume(solid) - enclosedVolume(surface)).toBeCloseTo(1 / 6, 9);
  });

  test('labels that meet in one point are all closed', () => {
    const found = mesh([6, 6, 6], (x, y, z) => 1 + Number(x >= 3) + 2 * Number(y >= 3) + 4 * Number(z >= 3));
    expect([...found.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const surface of found.values()) expectSound(surface);
  });
});

test('random labels give closed manifolds, as the slow twin does', () => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 7 }),
  );
  fc.assert(
    fc.property(
      shapes,
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.integer({ min: 2, max: 9 }),
      (shape, seed, count) => {
        const labels = randomLabels(shape, seed, count);
        const padded: Vec3 = [shape[0] + 2, shape[1] + 2, shape[2] + 2];
        const found = surfaces(new MarchingCubes().run(labels, padded, count));
        for (let label = 1; label < count; label++) {
          const twin = marchingCubesTwin(labels, padded, label);
          const surface = found.get(label);
          if (surface === undefined) {
            expect(twin.triangles.length).toBe(0);
            continue;
          }
          expectSound(surface);
          const moved = { ...surface, positions: Array.from(surface.positions, (p) => 2 * p + 2) };
          expect(canonicalTriangles(moved)).toEqual(canonicalTriangles(twin));
        }
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

test('blocks that overlap by a voxel give the triangles of the whole', () => {
  const shape: Vec3 = [17, 13, 11];
  const labels = randomLabels([15, 11, 9], 7, 5);
  const cubes = new MarchingCubes();
  const whole = new Map<number, string[]>();
  for (const [label, surface] of surfaces(cubes.run(labels, shape, 5))) {
    whole.set(label, canonicalTriangles(surface));
  }
  for (const cell of [1, 3, 4, 16]) {
    const joined = new Map<number, string[]>();
    for (let z = 0; z + 1 < shape[2]; z += cell) {
      for (let y = 0; y + 1 < shape[1]; y += cell) {
        for (let x = 0; x + 1 < shape[0]; x += cell) {
          const [part, size] = cut(labels, shape, [x, y, z], cell + 1);
          for (const [label, surface] of surfaces(cubes.run(part, size, 5))) {
            const positions = Array.from(surface.positions, (p, i) => p + ([x, y, z][i % 3] ?? 0));
            const triangles = canonicalTriangles({ ...surface, positions });
            joined.set(label, [...(joined.get(label) ?? []), ...triangles]);
          }
        }
      }
    }
    for (const [label, triangles] of whole) expect(joined.get(label)?.sort()).toEqual(triangles);
  }
});

function cut(labels: Uint32Array, shape: Vec3, min: Vec3, extent: number): [Uint32Array, Vec3] {
  const size = [0, 1, 2].map((i) => Math.min(extent, (shape[i] ?? 0) - (min[i] ?? 0))) as [
    number,
    number,
    number,
  ];
  const part: number[] = [];
  for (let z = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      const start = ((min[2] + z) * shape[1] + min[1] + y) * shape[0] + min[0];
      part.push(...labels.subarray(start, start + size[0]));
    }
  }
  return [Uint32Array.from(part), size];
}
