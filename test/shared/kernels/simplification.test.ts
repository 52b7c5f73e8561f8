import { describe, expect, test } from 'vitest';
import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { vertexFans } from '../../../src/shared/kernels/vertex-fans';
import {
  dropUnusedVertices,
  simplify,
  type SimplificationLimits,
} from '../../../src/shared/kernels/simplification';
import { markFarPoints } from '../../../src/shared/kernels/surface-deviation';
import { randomWords } from '../../random';
import { bounds, edgeFaults, enclosedVolume, point, splitVertices } from './mesh-checks';
import { distance } from './surface-distance';
import { cutOff, surfaceOf, type Inside } from './voxel-surface';

const ball = surfaceOf(24, (x, y, z) => Math.hypot(x - 11.5, y - 11.5, z - 11.5) < 11);
const thread = surfaceOf(20, (x, y, z) => Math.hypot(x - 12, y - 12) < 1 || Math.hypot(x - z, y - 4) < 1.2);
const random = randomWords(5);
const sponge = surfaceOf(10, () => random() % 3 === 0);

/** Returns the remaining mesh with the original numbers of vertices. */
function simplified(mesh: TriangleMesh, limits: SimplificationLimits): TriangleMesh {
  const left = simplify(mesh, limits);
  if (left === undefined) return mesh;
  const positions = mesh.positions.slice();
  left.vertices.forEach((vertex, i) => {
    positions.set(point(left.positions, i), 3 * vertex);
  });
  return { positions, triangles: left.triangles.map((corner) => left.vertices[corner] ?? NaN) };
}

describe.each([
  ['a ball', ball],
  ['threads', thread],
  ['a sponge', sponge],
])('%s, simplified,', (_, mesh) => {
  test.each([3, 10, 40])('stays within %i nm, closed and a manifold', (error) => {
    const result = simplified(mesh, { bound: error, error: error / 4 });
    expect(result.triangles.length).toBeLessThan(mesh.triangles.length);
    expect(edgeFaults(result)).toEqual({ open: [], double: [] });
    expect(splitVertices(result)).toEqual([]);
    expect(enclosedVolume(result)).toBeGreaterThan(0);
    expect(largestDeviation(mesh.positions, result)).toBeLessThanOrEqual(error * 1.0001);
  });
});

test('what is smaller than the error keeps some of its volume', () => {
  for (let i = 0; i < 60; i++) {
    const speck = surfaceOf(3, () => random() % 9 < 2);
    if (speck.triangles.length === 0) continue;
    const result = simplified(speck, { bound: 10, error: 2.5 });
    expect(edgeFaults(result)).toEqual({ open: [], double: [] });
    expect(splitVertices(result)).toEqual([]);
    expect(enclosedVolume(result)).toBeGreaterThan(0.05 * enclosedVolume(speck));
  }
});

test('a box keeps its bounds and loses its needless triangles', () => {
  const inside: Inside = (x, y, z) => x >= 2 && x < 17 && y >= 3 && y < 15 && z >= 4 && z < 9;
  const box = surfaceOf(20, inside, false);
  const result = simplified(box, { bound: 1, error: 0.1 });
  const { min, max } = bounds(result);
  [8, 12, 40, 68, 60, 90].forEach((p, i) => {
    expect(Math.abs(([...min, ...max][i] ?? NaN) - p)).toBeLessThan(0.1);
  });
  expect(result.triangles.length).toBeLessThan(box.triangles.length / 20);
});

test('the vertices on a border stay', () => {
  const open = cutOff(ball, 50);
  const border = edgeFaults(open).open.sort();
  expect(border.length).toBeGreaterThan(20);
  const result = simplified(open, { bound: 10, error: 2.5 });
  expect(result.triangles.length).toBeLessThan(open.triangles.length / 2);
  expect(edgeFaults(result).open.sort()).toEqual(border);
  for (const vertex of new Set(border.join('>').split('>').map(Number))) {
    expect(point(result.positions, vertex)).toEqual(point(open.positions, vertex));
  }
});

test('no allowed error, or a goal that is already reached, changes nothing', () => {
  expect(simplify(ball, { bound: 0, error: 0 })).toBeUndefined();
  expect(simplify(ball, { bound: 10, error: 5, keptShare: 1 })).toBeUndefined();
});

test('unused vertices are dropped and the others keep their order', () => {
  const { triangles, vertices } = dropUnusedVertices(Uint32Array.of(5, 2, 9, 9, 2, 7), 12);
  expect([...vertices]).toEqual([2, 5, 7, 9]);
  expect([...triangles]).toEqual([1, 0, 3, 3, 0, 2]);
});

test('far points are those that are far', () => {
  const next = randomWords(11);
  const positions = Float32Array.from({ length: 900 }, () => next() % 97);
  const moved = positions.map((p) => p + (next() % 9));
  const triangles = Uint32Array.from({ length: 24 }, () => next() % 40);
  const before = Uint32Array.from({ length: 900 }, () => next() % 300);
  const marks = new Uint8Array(300);
  for (const bound of [1, 7, 30]) {
    const fans = vertexFans(triangles, 300);
    const simpler = { positions: moved, triangles };
    const count = markFarPoints({ positions, triangles: before }, simpler, fans, bound, marks);
    const expected = Array.from({ length: 300 }, (_, i) => distance(point(positions, i), simpler));
    expect([...marks]).toEqual(expected.map((d) => Number(d > bound)));
    expect(count).toBe(expected.filter((d) => d > bound).length);
  }
});

test('the border is where an edge has one triangle', () => {
  const limits = { bound: 1, error: 0 };
  expect(simplify(ball, limits)?.border).not.toContain(1);
  const positions = Float32Array.of(0, 0, 1, 3, 0, 0, 0, 3, 0, -3, 0, 0, 0, -3, 0);
  const fan = { positions, triangles: Uint32Array.of(0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1) };
  expect([...(simplify(fan, limits)?.border ?? [])]).toEqual([0, 1, 1, 1, 1]);
});

test('the volume of what is simplified stays', () => {
  const result = simplified(ball, { bound: 10, error: 2 });
  expect(result.triangles.length).toBeLessThan(ball.triangles.length / 5);
  expect(enclosedVolume(result) / enclosedVolume(ball)).toBeCloseTo(1, 2);
});

function largestDeviation(points: Float32Array, surface: TriangleMesh): number {
  let largest = 0;
  for (let i = 0; i < points.length / 3; i++) {
    largest = Math.max(largest, distance(point(points, i), surface));
  }
  return largest;
}
