import { describe, expect, test } from 'vitest';
import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { borderVertices, vertexFans } from '../../../src/shared/kernels/vertex-fans';
import { dropUnusedVertices, simplify } from '../../../src/shared/kernels/simplification';
import { markFarPoints } from '../../../src/shared/kernels/surface-deviation';
import { randomWords } from '../../random';
import {
  bounds,
  cross,
  dot,
  edgeFaults,
  enclosedVolume,
  point,
  splitVertices,
  type Point,
} from './mesh-checks';
import { markFlipped, vertexNormals } from './surface-orientation';
import { cutOff, surfaceOf } from './voxel-surface';

const ball = surfaceOf(24, (x, y, z) => Math.hypot(x - 11.5, y - 11.5, z - 11.5) < 11);
const thread = surfaceOf(20, (x, y, z) => Math.hypot(x - 12, y - 12) < 1 || Math.hypot(x - z, y - 4) < 1.2);
const random = randomWords(5);
const sponge = surfaceOf(10, () => random() % 3 === 0);

describe.each([
  ['a ball', ball],
  ['threads', thread],
  ['a sponge', sponge],
])('%s, simplified,', (_, mesh) => {
  test.each([3, 10, 40])('stays within %i nm, closed and a manifold', (error) => {
    const triangles = simplify(mesh, { error });
    expect(triangles.length).toBeLessThan(mesh.triangles.length);
    const result = { positions: mesh.positions, triangles };
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
    const triangles = simplify(speck, { error: 10 });
    const result = { positions: speck.positions, triangles };
    expect(edgeFaults(result)).toEqual({ open: [], double: [] });
    expect(splitVertices(result)).toEqual([]);
    expect(enclosedVolume(result)).toBeGreaterThan(0.05 * enclosedVolume(speck));
  }
});

test('a box keeps its bounds and loses its needless triangles', () => {
  const box = surfaceOf(20, (x, y, z) => x >= 2 && x < 17 && y >= 3 && y < 15 && z >= 4 && z < 9);
  const triangles = simplify(box, { error: 1 });
  expect(bounds({ ...box, triangles })).toEqual({ min: [8, 12, 40], max: [68, 60, 90] });
  expect(triangles.length).toBeLessThan(box.triangles.length / 20);
});

test('the vertices on a border stay', () => {
  const open = cutOff(ball, 50);
  const border = edgeFaults(open).open.sort();
  expect(border.length).toBeGreaterThan(20);
  const triangles = simplify(open, { error: 10 });
  expect(triangles.length).toBeLessThan(open.triangles.length / 2);
  expect(edgeFaults({ ...open, triangles }).open.sort()).toEqual(border);
});

test('no error, or a goal that is met, changes nothing', () => {
  expect(simplify(ball, { error: 0 })).toEqual(ball.triangles);
  const goal = ball.triangles.length / 3;
  expect(simplify(ball, { error: 10, targetTriangles: goal }).length).toBe(ball.triangles.length);
});

test('unused vertices are dropped and the others keep their order', () => {
  const { triangles, vertices } = dropUnusedVertices(Uint32Array.of(5, 2, 9, 9, 2, 7), 12);
  expect([...vertices]).toEqual([2, 5, 7, 9]);
  expect([...triangles]).toEqual([1, 0, 3, 3, 0, 2]);
});

test('far points are those that are far', () => {
  const next = randomWords(11);
  const positions = Float32Array.from({ length: 900 }, () => next() % 97);
  const triangles = Uint32Array.from({ length: 24 }, () => next() % 40);
  const before = Uint32Array.from({ length: 900 }, () => next() % 300);
  const marks = new Uint8Array(300);
  for (const bound of [1, 7, 30]) {
    const fans = vertexFans(triangles, 300);
    const count = markFarPoints({ positions, triangles: before }, triangles, fans, bound, marks);
    const expected = Array.from({ length: 300 }, (_, i) =>
      distance(point(positions, i), { positions, triangles }),
    );
    expect([...marks]).toEqual(expected.map((d) => Number(d > bound)));
    expect(count).toBe(expected.filter((d) => d > bound).length);
  }
});

test('the border is where an edge has one triangle', () => {
  expect(borderVertices(vertexFans(ball.triangles, ball.positions.length / 3))).toBeUndefined();
  const fan = Uint32Array.of(0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1);
  expect([...(borderVertices(vertexFans(fan, 6)) ?? [])]).toEqual([0, 1, 1, 1, 1, 0]);
});

test.each([
  ['a ball', ball],
  ['threads', thread],
  ['a sponge', sponge],
])('%s is simplified without flipped triangles', (_, mesh) => {
  const triangles = simplify(mesh, { error: 20 });
  const [before, after] = [mesh.triangles, triangles].map((of) => {
    const marks = new Uint8Array(mesh.positions.length / 3);
    markFlipped({ ...mesh, triangles: of }, vertexNormals(mesh), marks);
    return marks;
  });
  expect(after?.filter((mark, v) => mark === 1 && before?.[v] === 0)).toHaveLength(0);
});

function largestDeviation(points: Float32Array, surface: TriangleMesh): number {
  const used = new Set(surface.triangles);
  let largest = 0;
  for (let i = 0; i < points.length / 3; i++) {
    if (!used.has(i)) largest = Math.max(largest, distance(point(points, i), surface));
  }
  return largest;
}

/** Distance of a point from a surface: the least over the triangles (Ericson, Real-Time Collision Detection, 5.1.5). */
function distance(p: Point, { positions, triangles }: TriangleMesh): number {
  let least = Infinity;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((i) => point(positions, triangles[t + i] ?? 0)) as [Point, Point, Point];
    least = Math.min(least, triangleDistance(p, a, b, c));
  }
  return least;
}

function triangleDistance(p: Point, a: Point, b: Point, c: Point): number {
  const normal = cross(minus(b, a), minus(c, a));
  const area = Math.sqrt(dot(normal, normal));
  const inside =
    area > 0 &&
    [
      [a, b],
      [b, c],
      [c, a],
    ].every(
      ([from, to]) =>
        from !== undefined && to !== undefined && dot(cross(minus(to, from), minus(p, from)), normal) >= 0,
    );
  if (inside) return Math.abs(dot(minus(p, a), normal)) / area;
  return Math.min(segmentDistance(p, a, b), segmentDistance(p, b, c), segmentDistance(p, c, a));
}

function segmentDistance(p: Point, a: Point, b: Point): number {
  const d = minus(b, a);
  const length = dot(d, d);
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, dot(minus(p, a), d) / length));
  const r = minus(p, [a[0] + t * d[0], a[1] + t * d[1], a[2] + t * d[2]]);
  return Math.sqrt(dot(r, r));
}

function minus(a: Point, b: Point): Point {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
