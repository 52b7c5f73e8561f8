import { expect, test } from 'vitest';
import { cutTriangles } from '../../../src/shared/kernels/triangle-cut';
import { indexSoup, soupOf } from '../../../src/shared/kernels/triangle-soup';
import { randomWords } from '../../random';
import { edgeFaults, enclosedVolume } from './mesh-checks';

/** Returns a closed surface: the faces of a tetrahedron, divided a few times at random points of their edges. */
function randomSurface(seed: number): Int32Array {
  const random = randomWords(seed);
  const corner = (): number[] => [random() % 1000, random() % 1000, random() % 1000];
  const [a, b, c, d] = [corner(), corner(), corner(), corner()];
  const faces = [
    [a, b, c],
    [a, c, d],
    [a, d, b],
    [b, d, c],
  ];
  return Int32Array.from(faces.flat(2));
}

test.each(Array.from({ length: 40 }, (_, i) => [i + 1]))(
  'cuts keep surface %i closed and its sides apart',
  (seed) => {
    const planes = { period: 127, middle: 64 };
    let corners = randomSurface(seed);
    const before = indexSoup(corners);
    for (const axis of [0, 1, 2] as const) corners = cutTriangles(corners, axis, planes);
    const after = indexSoup(corners);
    const { open } = edgeFaults(after);
    expect(open).toEqual([]);
    for (let t = 0; t < corners.length; t += 9) {
      for (let axis = 0; axis < 3; axis++) {
        const values = [corners[t + axis], corners[t + 3 + axis], corners[t + 6 + axis]].map(Number);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        const node = Math.floor(low / 127);
        expect(high).toBeLessThanOrEqual(node * 127 + (low < node * 127 + 64 ? 64 : 127));
      }
    }
    const moved = Math.abs(enclosedVolume(after) - enclosedVolume(before));
    // Each cut lies within half a step of the surface, whose area is about 10^6.
    expect(moved).toBeLessThan(2e6);
  },
);

test('triangles that no plane cuts stay as they are', () => {
  const corners = randomSurface(3);
  expect(cutTriangles(corners, 1, { period: 1000, middle: 0 })).toBe(corners);
});

test('a soup becomes a mesh without triangles that are none', () => {
  const corners = Int32Array.of(
    0,
    0,
    0,
    5,
    0,
    0,
    0,
    -7,
    0,
    5,
    0,
    0,
    5,
    0,
    0,
    1,
    1,
    1,
    0,
    -7,
    0,
    5,
    0,
    0,
    1,
    1,
    1,
  );
  const mesh = indexSoup(corners);
  expect([...mesh.positions]).toEqual([0, 0, 0, 5, 0, 0, 0, -7, 0, 1, 1, 1]);
  expect([...mesh.triangles]).toEqual([0, 1, 2, 2, 1, 3]);
  const moved = soupOf(mesh.positions, mesh.triangles, [1, 2, 3]);
  expect([...moved.subarray(9)]).toEqual([1, -5, 3, 6, 2, 3, 2, 3, 4]);
});
