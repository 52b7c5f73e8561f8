import { describe, expect, test } from 'vitest';
import type { TriangleMesh } from '../../../src/shared/base/triangle-mesh';
import { collapseEdges, type CollapseLimits } from '../../../src/shared/kernels/edge-collapses';
import { markFarPoints } from '../../../src/shared/kernels/surface-deviation';
import { vertexFans } from '../../../src/shared/kernels/vertex-fans';
import { randomWords } from '../../random';
import { edgeFaults, enclosedVolume, splitVertices } from './mesh-checks';
import { cutOff, surfaceOf, type Inside } from './voxel-surface';

const random = randomWords(21);
const ball = surfaceOf(14, (x, y, z) => Math.hypot(x - 6.5, y - 6.5, z - 6.5) < 6);
const crumbs = surfaceOf(8, () => random() % 3 === 0);
const blobs = surfaceOf(
  16,
  (x, y, z) => Math.sin(x * 0.9) + Math.sin(y * 0.7 + 1) + Math.sin(z * 0.8 + x * 0.3) > 0.4,
);

const smoothing = { error: 1, steps: 2, most: 3, side: 1 };

/** Returns the remaining mesh with the original numbers of vertices. Removed vertices have no position. */
function collapsed(mesh: TriangleMesh, limits: CollapseLimits): TriangleMesh {
  const left = collapseEdges(mesh, limits);
  const positions = new Float32Array(mesh.positions.length).fill(NaN);
  left.vertices.forEach((vertex, i) => {
    positions.set(left.positions.subarray(3 * i, 3 * i + 3), 3 * vertex);
  });
  return { positions, triangles: left.triangles.map((corner) => left.vertices[corner] ?? NaN) };
}

describe.each([
  ['a ball', ball],
  ['crumbs', crumbs],
  ['blobs', blobs],
  ['a bowl', cutOff(ball, 32)],
  ['open blobs', cutOff(blobs, 40)],
])('the edges of %s', (_, mesh) => {
  const locks = new Uint8Array(mesh.positions.length / 3);

  test.each([
    [1, undefined],
    [5, undefined],
    [20, undefined],
    [2, smoothing],
  ])('are collapsed within %i nm to a manifold of the same volume and border', (error, before) => {
    const limits = {
      error,
      reach: 2 * error,
      bound: 2 * error,
      smoothing: before,
      keptShare: 0,
      locks,
    };
    const found = collapsed(mesh, limits);
    expect(found.triangles.length).toBeLessThanOrEqual(mesh.triangles.length);
    expect(edgeFaults(found).double).toEqual([]);
    expect(edgeFaults(found).open.sort()).toEqual(edgeFaults(mesh).open.sort());
    expect(splitVertices(found).length).toBeLessThanOrEqual(splitVertices(mesh).length);
    if (before !== undefined) return;
    const change = enclosedVolume(found) - enclosedVolume(mesh);
    expect(Math.abs(change)).toBeLessThan(0.02 * Math.abs(enclosedVolume(mesh)));
    expect(collapsed(mesh, limits)).toEqual(found);
  });

  test('keep their volume when they are smoothed', () => {
    const smoothed = { error: 0, steps: 2, most: 3, side: 1 };
    const found = collapsed(mesh, { error: 1, reach: 9, bound: 9, smoothing: smoothed, keptShare: 1, locks });
    expect(found.triangles.length).toBe(mesh.triangles.length);
    expect(found.positions).not.toEqual(mesh.positions);
    const change = enclosedVolume(found) - enclosedVolume(mesh);
    expect(Math.abs(change)).toBeLessThan(0.002 * Math.abs(enclosedVolume(mesh)));
  });

  test('stay where they are if their triangles are small', () => {
    const smoothed = { error: 0, steps: 2, most: 3, side: 1000 };
    const found = collapsed(mesh, { error: 1, reach: 9, bound: 9, smoothing: smoothed, keptShare: 1, locks });
    expect(found.positions).toEqual(mesh.positions);
  });

  test('are collapsed until a share of the triangles are left', () => {
    const { triangles } = collapseEdges(mesh, { error: 12, reach: 24, bound: 24, keptShare: 0.75, locks });
    expect(triangles.length).toBeGreaterThan(0.75 * mesh.triangles.length - 7);
  });
});

test('crumpled specks are smoothed without growing far beyond themselves', () => {
  const most = 2;
  const limits = { error: 1, reach: 9, bound: 9, smoothing: { error: 0, steps: 2, most, side: 1 } };
  for (let speck = 0; speck < 400; speck++) {
    const octahedron = [
      [0, 1, 2],
      [2, 1, 3],
      [3, 1, 4],
      [1, 0, 4],
      [4, 0, 5],
      [0, 2, 5],
      [2, 3, 5],
      [4, 5, 3],
    ];
    const mesh = {
      positions: Float32Array.from({ length: 18 }, () => random() % 8),
      triangles: Uint32Array.from(octahedron.flat()),
    };
    const found = collapsed(mesh, { ...limits, keptShare: 1, locks: new Uint8Array(6) });
    // Along the normal by at most `most`, and as far in each of two rounds that give the volume back.
    const farthest = Math.max(
      ...found.positions.map((place, i) => Math.abs(place - (mesh.positions[i] ?? 0))),
    );
    expect(farthest).toBeLessThanOrEqual(3.001 * most);
  }
});

test.each([6, 8])('a surface is pulled to the vertices that it left more than %i nm behind', (bound) => {
  const locks = new Uint8Array(blobs.positions.length / 3);
  const limits = { error: 8, reach: 40, keptShare: 0, locks };
  const loose = collapsed(blobs, { ...limits, bound: 1000 });
  const pulled = collapsed(blobs, { ...limits, bound });
  expect(pulled.triangles).toEqual(loose.triangles);
  const left = farFrom(blobs, pulled, bound);
  expect(left).toBeLessThan(farFrom(blobs, loose, bound) / 4);
  expect(left).toBeLessThanOrEqual(collapseEdges(blobs, { ...limits, bound }).mayBeFar);
});

/** The number of vertices of a mesh that are farther than `bound` from a simpler one. */
function farFrom(mesh: TriangleMesh, simpler: TriangleMesh, bound: number): number {
  const vertices = mesh.positions.length / 3;
  return markFarPoints(
    mesh,
    simpler,
    vertexFans(simpler.triangles, vertices),
    bound,
    new Uint8Array(vertices),
  );
}

test('in a plane all but the outline goes, whatever the error', () => {
  const inside: Inside = (x, y, z) => Math.min(x, y, z) >= 2 && Math.max(x, y, z) < 10;
  const cube = surfaceOf(12, inside, false);
  const locks = new Uint8Array(cube.positions.length / 3);
  const found = collapseEdges(cube, { error: 0.001, reach: 0.01, bound: 1, keptShare: 0, locks });
  expect(found.triangles.length / 3).toBeLessThan(80);
  expect(enclosedVolume(found)).toBeCloseTo(8 * 8 * 8 * 160, 1);
});

test('locked vertices stay', () => {
  const locks = new Uint8Array(ball.positions.length / 3);
  for (let v = 0; v < locks.length; v += 7) locks[v] = 1;
  const left = new Set(
    collapseEdges(ball, { error: 20, reach: 40, bound: 40, keptShare: 0, locks }).vertices,
  );
  expect([...locks.keys()].filter((v) => locks[v] === 1 && !left.has(v))).toEqual([]);
});

test('of a closed surface a tetrahedron is left, whatever the error', () => {
  const tetrahedron = [0, 1, 2, 0, 3, 1, 1, 3, 2, 2, 3, 0];
  const mesh = {
    positions: Float32Array.of(0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1),
    triangles: Uint32Array.from(tetrahedron),
  };
  expect(edgeFaults(mesh)).toEqual({ open: [], double: [] });
  const limits = { error: 100, reach: 100, bound: 100, keptShare: 0, locks: new Uint8Array(4) };
  expect([...collapseEdges(mesh, limits).triangles]).toEqual(tetrahedron);
});
