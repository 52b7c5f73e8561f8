import { describe, expect, test } from 'vitest';
import { collapseEdges } from '../../../src/shared/kernels/edge-collapses';
import { randomWords } from '../../random';
import { collapseEdgesTwin } from './edge-collapses-twin';
import { edgeFaults } from './mesh-checks';
import { cutOff, surfaceOf } from './voxel-surface';

const random = randomWords(21);
const ball = surfaceOf(14, (x, y, z) => Math.hypot(x - 6.5, y - 6.5, z - 6.5) < 6);
const crumbs = surfaceOf(8, () => random() % 3 === 0);
const blobs = surfaceOf(
  16,
  (x, y, z) => Math.sin(x * 0.9) + Math.sin(y * 0.7 + 1) + Math.sin(z * 0.8 + x * 0.3) > 0.4,
);

describe.each([
  ['a ball', ball],
  ['crumbs', crumbs],
  ['blobs', blobs],
  ['a bowl', cutOff(ball, 32)],
  ['open blobs', cutOff(blobs, 40)],
])('the edges of %s', (_, mesh) => {
  const vertexCount = mesh.positions.length / 3;
  test.each([1, 5, 20])('are collapsed as the twin does it, within %i nm', (error) => {
    const locks = new Uint8Array(vertexCount);
    expect([...collapseEdges(mesh, { error, targetTriangles: 0, locks })]).toEqual(
      collapseEdgesTwin(mesh, error, 0, locks),
    );
  });

  test('are collapsed as the twin does it, with locks and a goal', () => {
    const locks = Uint8Array.from({ length: vertexCount }, () => Number(random() % 4 === 0));
    const targetTriangles = Math.floor(mesh.triangles.length / 5);
    const found = collapseEdges(mesh, { error: 12, targetTriangles, locks });
    expect([...found]).toEqual(collapseEdgesTwin(mesh, 12, targetTriangles, locks));
    expect(found.length).toBeGreaterThan(3 * targetTriangles - 6);
  });
});

test('locked vertices stay', () => {
  const locks = new Uint8Array(ball.positions.length / 3);
  for (let v = 0; v < locks.length; v += 7) locks[v] = 1;
  const left = new Set(collapseEdges(ball, { error: 20, targetTriangles: 0, locks }));
  expect([...locks.keys()].filter((v) => locks[v] === 1 && !left.has(v))).toEqual([]);
});

test('of a closed surface a tetrahedron is left, whatever the error', () => {
  const tetrahedron = [0, 1, 2, 0, 3, 1, 1, 3, 2, 2, 3, 0];
  const mesh = {
    positions: Float32Array.of(0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1),
    triangles: Uint32Array.from(tetrahedron),
  };
  expect(edgeFaults(mesh)).toEqual({ open: [], double: [] });
  const limits = { error: 100, targetTriangles: 0, locks: new Uint8Array(4) };
  expect([...collapseEdges(mesh, limits)]).toEqual(tetrahedron);
});
