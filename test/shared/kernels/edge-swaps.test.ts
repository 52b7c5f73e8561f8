import { expect, test } from 'vitest';
import { swapFlippedEdges } from '../../../src/shared/kernels/edge-swaps';
import { canonicalTriangles, edgeFaults } from './mesh-checks';

/**
 * Seen from above, the triangle (0, 1, 2) is flipped, as 2 lies on the side of its neighbour (1, 0, 3); without the
 * edge between 0 and 1 the two fill the corners 0, 3, 1, 2 as they should.
 */
const positions = Float32Array.of(0, 0, 0, 2, 0, 0, 1, -0.5, 0, 1, -2, 0, 5, -1, 3);
const upwards = Float32Array.from(positions, (_, i) => (i % 3 === 2 ? 1 : 0));
const flipped = [0, 1, 2, 1, 0, 3];

function swapped(
  corners: readonly number[],
  border?: Uint8Array,
): { readonly swaps: number; readonly triangles: Uint32Array } {
  const triangles = Uint32Array.from(corners);
  const swaps = swapFlippedEdges({ positions, triangles }, upwards, new Uint8Array(5).fill(1), border);
  return { swaps, triangles };
}

test('a flipped triangle and its neighbour swap their edge, and their outline stays', () => {
  for (const corners of [flipped, [2, 0, 1, 3, 1, 0], [0, 3, 1, 1, 2, 0]]) {
    const { swaps, triangles } = swapped(corners);
    expect(swaps).toBe(1);
    expect(canonicalTriangles({ positions, triangles })).toEqual(
      canonicalTriangles({ positions, triangles: [0, 3, 2, 3, 1, 2] }),
    );
    const outline = edgeFaults({ positions, triangles }).open.sort();
    expect(outline).toEqual(edgeFaults({ positions, triangles: flipped }).open.sort());
  }
});

test('triangles that face with the surface stay', () => {
  const { swaps, triangles } = swapped([0, 3, 2, 3, 1, 2]);
  expect(swaps).toBe(0);
  expect([...triangles]).toEqual([0, 3, 2, 3, 1, 2]);
});

test('no edge is made that is there already', () => {
  const corners = [...flipped, 2, 3, 4];
  expect(swapped(corners)).toEqual({ swaps: 0, triangles: Uint32Array.from(corners) });
});

test('an edge with more than two triangles stays', () => {
  const corners = [...flipped, 1, 0, 4];
  expect(swapped(corners)).toEqual({ swaps: 0, triangles: Uint32Array.from(corners) });
});

test.each([0, 1, 2, 3])('all stays about vertex %i of the border', (vertex) => {
  const border = new Uint8Array(5);
  border[vertex] = 1;
  expect(swapped(flipped, border)).toEqual({ swaps: 0, triangles: Uint32Array.from(flipped) });
});
