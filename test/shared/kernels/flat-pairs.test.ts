import { expect, test } from 'vitest';
import { dropFlatPairs } from '../../../src/shared/kernels/flat-pairs';
import { cutTriangles } from '../../../src/shared/kernels/triangle-cut';
import { indexSoup } from '../../../src/shared/kernels/triangle-soup';
import { randomWords } from '../../random';
import { bounds, canonicalTriangles, edgeFaults, enclosedVolume } from './mesh-checks';

/** Returns a closed surface that is folded flat about the edge from v to w, as y lies on the edge from w to x. */
function foldedSurface(): Int32Array {
  const [v, w, x, y, z] = [
    [0, 40, 10],
    [30, 40, 90],
    [10, 0, 10],
    [20, 20, 50],
    [90, 10, 20],
  ];
  const faces = [
    [v, w, x],
    [w, v, y],
    [v, x, z],
    [x, w, z],
    [w, y, z],
    [y, v, z],
  ];
  return Int32Array.from(faces.flat(2).map(Number));
}

test('a fold that is cut leaves no flaps', () => {
  const before = indexSoup(foldedSurface());
  expect(edgeFaults(before)).toEqual({ open: [], double: [] });
  const cut = indexSoup(cutTriangles(foldedSurface(), 2, { period: 70, middle: 0 }));
  expect(edgeFaults(cut).double).not.toEqual([]);
  const mended = dropFlatPairs(cut);
  expect(edgeFaults(mended)).toEqual({ open: [], double: [] });
  expect(enclosedVolume(mended)).toBe(enclosedVolume(cut));
  expect(bounds(mended).max[2]).toBe(70);
  expect(mended.positions.length / 3).toBe(new Set(mended.triangles).size);
});

test('a mesh without flaps is the same one', () => {
  const mesh = indexSoup(foldedSurface());
  expect(dropFlatPairs(mesh)).toBe(mesh);
});

test.each([1, 2, 3])('of random triangles (%i) as many pairs go as a plain count finds', (seed) => {
  const random = randomWords(seed);
  const triangles = Array.from({ length: 4000 }, () => {
    const a = random() % 12;
    const b = (a + 1 + (random() % 11)) % 12;
    let c = random() % 12;
    while (c === a || c === b) c = (c + 1) % 12;
    return [a, b, c];
  });
  const positions = Int32Array.from({ length: 36 }, (_, i) => i);
  const mended = dropFlatPairs({ positions, triangles: Uint32Array.from(triangles.flat()) });
  const count = (list: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of list) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const found = count(canonicalTriangles(mended));
  const all = count(canonicalTriangles({ positions, triangles: triangles.flat() }));
  const backs = count(
    canonicalTriangles({ positions, triangles: triangles.flatMap(([a = 0, b = 0, c = 0]) => [c, b, a]) }),
  );
  for (const [key, many] of all) expect(found.get(key) ?? 0).toBe(Math.max(0, many - (backs.get(key) ?? 0)));
});
