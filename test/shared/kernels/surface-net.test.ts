import { describe, expect, test } from 'vitest';
import { boxShape, boxVolume, type Box } from '../../../src/shared/base/box';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { netRegion, STEPS_PER_VOXEL, SurfaceNet } from '../../../src/shared/kernels/surface-net';
import type { LatticeMesh } from '../../../src/shared/kernels/triangle-soup';
import { randomWords } from '../../random';
import { canonicalTriangles, edgeFaults, enclosedVolume, splitVertices } from './mesh-checks';
import { relaxedCorners } from './net-twin';

type LabelAt = (x: number, y: number, z: number) => number;

interface Finding {
  readonly size: Vec3;
  /** The corners whose faces are wanted; all by default. */
  readonly corners?: Box;
  /** The voxels that are examined; as many as necessary by default. */
  readonly region?: Box;
  readonly mergeErrorNm?: number;
  readonly isSmooth?: boolean;
  /** The order of labels by id. */
  readonly ranks?: readonly number[];
}

/** Returns the surfaces of the labels 1 to 5. */
function surfaces(labelAt: LabelAt, finding: Finding): Map<number, LatticeMesh> {
  const { size, mergeErrorNm = 0, isSmooth = true, ranks = [0, 1, 2, 3, 4] } = finding;
  const corners = finding.corners ?? { min: [0, 0, 0], max: [size[0] + 1, size[1] + 1, size[2] + 1] };
  const region = finding.region ?? netRegion(corners);
  const [width, height] = boxShape(region);
  const net = SurfaceNet.find(
    region,
    4 * boxVolume(region),
    size,
    { resolutionNm: [16, 16, 40], isSmooth, mergeErrorNm },
    (labels) => {
      labels.forEach((_, i) => {
        const x = (i % width) + region.min[0];
        const y = (Math.floor(i / width) % height) + region.min[1];
        const z = Math.floor(i / width / height) + region.min[2];
        const isIn = Math.min(x, y, z) >= 0 && x < size[0] && y < size[1] && z < size[2];
        labels[i] = isIn ? labelAt(x, y, z) : 0;
      });
      return Uint32Array.from([0xffffffff, ...ranks]);
    },
  );
  return new Map([...(net?.tile(corners) ?? [])].map((mesh) => [mesh.label, mesh]));
}

function voxelsOf(volume: Uint8Array, size: number): LabelAt {
  return (x, y, z) => volume[(z * size + y) * size + x] ?? 0;
}

const random = randomWords(7);
const noise = Uint8Array.from({ length: 12 ** 3 }, () => random() % 4);
const sparse = Uint8Array.from({ length: 12 ** 3 }, () => Math.max(0, (random() % 9) - 5));
/** Waves of five labels that touch along sheets and junctions. */
const tissue: LabelAt = (x, y, z) =>
  Math.floor(2.5 + 1.3 * Math.sin(x / 5 + z / 9) + 1.2 * Math.cos(y / 6 - x / 11)) + (z > 22 ? 1 : 0);

describe.each([
  ['noise', voxelsOf(noise, 12), [12, 12, 12]],
  ['crumbs', voxelsOf(sparse, 12), [12, 12, 12]],
  ['tissue', tissue, [34, 33, 31]],
] as const)('the surfaces of %s', (_, labelAt, size) => {
  test.each([
    [true, 0],
    [true, 2],
    [false, 0],
  ])('are closed manifolds (smooth: %s, merged within %i nm)', (isSmooth, mergeErrorNm) => {
    const found = surfaces(labelAt, { size, isSmooth, mergeErrorNm });
    expect(found.size).toBeGreaterThan(2);
    for (const [label, surface] of found) {
      expect([label, edgeFaults(surface), splitVertices(surface)]).toEqual([
        label,
        { open: [], double: [] },
        [],
      ]);
      expect(enclosedVolume(surface)).toBeGreaterThan(0);
    }
  });

  test('do not depend on the numbers of the labels, but on the order of their ids', () => {
    const turned: LabelAt = (x, y, z) => [0, 5, 4, 3, 2, 1][labelAt(x, y, z)] ?? 0;
    const found = surfaces(labelAt, { size });
    const others = surfaces(turned, { size, ranks: [4, 3, 2, 1, 0] });
    for (const [label, surface] of found) {
      expect(canonicalTriangles(others.get(6 - label) ?? surface)).toEqual(canonicalTriangles(surface));
    }
  });
});

describe('a part of a surface', () => {
  const size: Vec3 = [80, 80, 80];
  const corners: Box = { min: [32, 30, 34], max: [44, 44, 44] };
  const finding = { size, corners, mergeErrorNm: 2 };
  const needed = netRegion(corners);
  const grown = (by: number): Box => ({
    min: [needed.min[0] - by, needed.min[1] - by, needed.min[2] - by],
    max: [needed.max[0] + by, needed.max[1] + by, needed.max[2] + by],
  });
  const rough: LabelAt = (x, y, z) =>
    1 + ((Math.floor(Math.sin(x * 1.7 + y) * 2 + y / 3 + Math.cos(z * 1.3) * 1.5) + 40) % 4);
  const texts = (region: Box): string[] =>
    [...surfaces(rough, { ...finding, region })].flatMap(([, surface]) => canonicalTriangles(surface)).sort();
  const expected = texts(needed);

  test('is the same in any larger region', () => {
    expect(expected.length).toBeGreaterThan(500);
    expect(texts(grown(1))).toEqual(expected);
    expect(texts(grown(5))).toEqual(expected);
  });

  test('is another one in a smaller region', () => {
    expect(texts(grown(-5))).not.toEqual(expected);
  });
});

test('a shifted volume has the same surface, shifted', () => {
  const size: Vec3 = [34, 33, 31];
  const by: Vec3 = [2, 4, 6];
  const inside: LabelAt = (x, y, z) =>
    Math.min(x, y, z) > 1 && x < 30 && y < 30 && z < 28 ? tissue(x, y, z) : 0;
  const shifted: LabelAt = (x, y, z) => inside(x - by[0], y - by[1], z - by[2]);
  const found = surfaces(inside, { size, mergeErrorNm: 2 });
  const others = surfaces(shifted, { size: [38, 39, 39], mergeErrorNm: 2 });
  for (const [label, surface] of found) {
    const other = others.get(label);
    const back = other?.positions.map((p, i) => p - STEPS_PER_VOXEL * (by[i % 3] ?? 0)) ?? [];
    expect(canonicalTriangles({ positions: back, triangles: other?.triangles ?? [] })).toEqual(
      canonicalTriangles(surface),
    );
  }
});

describe('the vertices of a cell are merged', () => {
  const size: Vec3 = [24, 24, 24];
  /** The share of the triangles of a label that merging leaves. */
  const left = (labelAt: LabelAt, label: number): number => {
    const [before, after] = [0, 2].map(
      (mergeErrorNm) => surfaces(labelAt, { size, mergeErrorNm }).get(label)?.triangles.length ?? NaN,
    );
    return (after ?? NaN) / (before ?? NaN);
  };

  test('where two sheets of a label are in it', () => {
    expect(left((x) => (x === 12 ? 2 : 0), 2)).toBeLessThan(0.5);
  });

  test('where three labels meet', () => {
    const wedge: LabelAt = (x, y) => (x < 12 ? 1 : x + y < 24 ? 2 : 3);
    const corner: LabelAt = (x, y, z) => (z < 12 ? wedge(x, y, z) : 4);
    expect(left(corner, 1)).toBeLessThan(0.38);
  });
});

describe('where four voxels meet in an edge', () => {
  /** Labels a b / c d around an edge along z that is one voxel long. */
  const crossing =
    (a: number, b: number, c: number, d: number): LabelAt =>
    (x, y, z) =>
      z !== 2 || x < 2 || x > 3 || y < 2 || y > 3 ? 0 : ([a, b, c, d][x - 2 + 2 * (y - 2)] ?? 0);

  test.each([
    ['two voxels of a label are one piece', crossing(1, 0, 0, 1), { 1: 1 }],
    ['the background is never one', crossing(0, 1, 1, 0), { 1: 1 }],
    ['between others too', crossing(1, 2, 3, 1), { 1: 1, 2: 1, 3: 1 }],
    ['of two labels the one with the smaller id is', crossing(1, 2, 2, 1), { 1: 1, 2: 2 }],
    ['whichever pair it is', crossing(2, 1, 1, 2), { 1: 1, 2: 2 }],
  ])('%s', (_, labelAt, pieces) => {
    const found = surfaces(labelAt, { size: [6, 6, 6] });
    for (const [, surface] of found) expect(edgeFaults(surface)).toEqual({ open: [], double: [] });
    expect(Object.fromEntries([...found].map(([label, surface]) => [label, piecesOf(surface)]))).toEqual(
      pieces,
    );
  });

  test('ids decide, not numbers', () => {
    const found = surfaces(crossing(1, 2, 2, 1), { size: [6, 6, 6], ranks: [4, 0, 1, 2, 3] });
    expect([1, 2].map((label) => piecesOf(found.get(label)))).toEqual([2, 1]);
  });
});

test('a curved sheet of one voxel is one piece', () => {
  const found = surfaces(
    (x, y, z) => (Math.floor(Math.hypot(x - 2, y - 2, z - 2)) === 15 && x + y > 6 ? 1 : 0),
    { size: [20, 20, 20] },
  );
  expect(piecesOf(found.get(1))).toBe(1);
});

test('a box keeps its faces within a quarter of a voxel, and exactly where nothing is smoothed', () => {
  const inside: LabelAt = (x, y, z) => Number(x >= 3 && x < 9 && y >= 4 && y < 7 && z >= 2 && z < 12);
  const bounds = (isSmooth: boolean): number[] => {
    const { positions } = surfaces(inside, { size: [12, 12, 16], isSmooth }).get(1) ?? { positions: [] };
    const along = (axis: number) => Array.from(positions).filter((_, i) => i % 3 === axis);
    return [0, 1, 2].flatMap((axis) => [Math.min(...along(axis)), Math.max(...along(axis))]);
  };
  const exact = [3, 9, 4, 7, 2, 12].map((p) => p * STEPS_PER_VOXEL);
  expect(bounds(false)).toEqual(exact);
  bounds(true).forEach((p, i) => {
    expect(Math.abs(p - (exact[i] ?? NaN))).toBeLessThan(STEPS_PER_VOXEL / 4);
  });
});

/** Returns the number of parts that are connected by edges. */
function piecesOf(surface: LatticeMesh | undefined): number {
  const { positions, triangles } = surface ?? { positions: [], triangles: [] };
  const roots = Array.from({ length: positions.length / 3 }, (_, v) => v);
  const rootOf = (v: number): number => {
    let root = v;
    while (roots[root] !== root) root = roots[root] ?? root;
    return root;
  };
  for (let c = 0; c < triangles.length; c++) {
    const next = c % 3 === 2 ? c - 2 : c + 1;
    roots[rootOf(triangles[c] ?? 0)] = rootOf(triangles[next] ?? 0);
  }
  return roots.filter((root, v) => root === v).length;
}

test.each([
  [
    'three labels around a sheet of one voxel',
    (x, y, z) => (x === 9 ? 4 : x + y / 3 < 8 ? 1 : y + z < 22 ? 2 : 3),
  ],
  ['a ball in the face of a slab', (x, y, z) => (Math.hypot(x - 9, y - 9, z - 8) < 6.2 ? 1 : z < 9 ? 2 : 0)],
] as [string, LabelAt][])('the vertices of %s are where a readable twin puts them', (_, labelAt) => {
  const size: Vec3 = [20, 19, 18];
  const found = new Set(
    [...surfaces(labelAt, { size }).values()].flatMap(({ positions }) =>
      Array.from({ length: positions.length / 3 }, (__, v) =>
        String([...positions.subarray(3 * v, 3 * v + 3)]),
      ),
    ),
  );
  const expected = relaxedCorners(labelAt, size);
  expect(expected.length).toBeGreaterThan(500);
  expect([...found].sort()).toEqual(expected.sort());
});
