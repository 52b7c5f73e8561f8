import { expect, test } from 'vitest';
import { PHANTOM_SHAPES, phantomVolume, phantomVoxels } from './phantom-shapes';
import { looksOf, trueLooksOf, type WeldedMesh } from './surface-looks';

/** An octahedron about a point, whose corners are at a distance from it. */
function octahedron([x, y, z]: readonly number[], radius: number): WeldedMesh {
  const positions = [
    [radius, 0, 0],
    [0, radius, 0],
    [0, 0, radius],
    [-radius, 0, 0],
    [0, -radius, 0],
    [0, 0, -radius],
  ].flatMap(([a = 0, b = 0, c = 0]) => [(x ?? 0) + a, (y ?? 0) + b, (z ?? 0) + c]);
  const triangles = [
    [0, 1, 2],
    [1, 3, 2],
    [3, 4, 2],
    [4, 0, 2],
    [1, 0, 5],
    [3, 1, 5],
    [4, 3, 5],
    [0, 4, 5],
  ].flat();
  return { positions, triangles };
}

test('all edges of an octahedron are folds, and none is open', () => {
  expect(looksOf(octahedron([0, 0, 0], 10))).toEqual({ triangles: 8, folds: 1, slivers: 0, openEdges: 0 });
});

test('a triangle that is gone leaves three open edges', () => {
  const { positions, triangles } = octahedron([0, 0, 0], 10);
  const seven = Array.from(triangles).slice(3);
  expect(looksOf({ positions, triangles: seven }).openEdges).toBe(3);
});

test('a triangle with a small height is a sliver', () => {
  const positions = [0, 0, 0, 10, 0, 0, 5, 0.9, 0, 5, 1.1, 0];
  expect(looksOf({ positions, triangles: [0, 1, 2, 0, 1, 3] }).slivers).toBe(0.5);
});

test('an octahedron in a ball is far from it and has a third of its volume', () => {
  const ball = PHANTOM_SHAPES[0];
  if (ball === undefined) throw new Error('there are no phantoms');
  const looks = trueLooksOf(octahedron([36.1, 36.1, 36.1], 28.3), ball);
  expect(looks.volume).toBeCloseTo(1 / Math.PI, 2);
  expect(looks.farthest).toBeCloseTo(0, 6);
  expect(looks.normals).toBeCloseTo(0, 0);
});

test('the voxels of a phantom have its volume', () => {
  for (const phantom of PHANTOM_SHAPES) {
    const inside = phantomVoxels(phantom).reduce((sum, voxel) => sum + Number(voxel), 0);
    expect(inside / phantomVolume(phantom)).toBeCloseTo(1, 1);
  }
});
