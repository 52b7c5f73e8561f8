import { dropUnusedVertices } from './simplification';
import type { LatticeMesh } from './triangle-soup';

/**
 * Removes pairs of triangles that are back to back on the same three corners. Cuts leave such flaps where two edges
 * of a vertex meet the plane in the same point of the lattice; the edges of a flap have four triangles. A closed
 * surface stays closed without them, and its volume stays the same.
 *
 * @returns the same mesh if there are none, otherwise one with the vertices that are still used, in their order
 */
export function dropFlatPairs(mesh: LatticeMesh): LatticeMesh {
  const isDropped = findFlatPairs(mesh.triangles);
  if (!isDropped.includes(1)) return mesh;
  const kept = mesh.triangles.filter((_, corner) => isDropped[Math.floor(corner / 3)] === 0);
  const { triangles, vertices } = dropUnusedVertices(kept, mesh.positions.length / 3);
  const positions = new Int32Array(3 * vertices.length);
  vertices.forEach((vertex, i) => {
    positions.set(mesh.positions.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
  });
  return { positions, triangles };
}

/**
 * @returns 1 for each triangle that has a partner, and otherwise 0; a triangle is the partner of at most one other
 */
function findFlatPairs(triangles: Uint32Array): Uint8Array {
  const isDropped = new Uint8Array(triangles.length / 3);
  // The numbers of triangles plus 1, by a hash of their corners that doesn't depend on the order.
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(isDropped.length + 1) + 1));
  const mask = table.length - 1;
  for (let t = 0; t < isDropped.length; t++) {
    let slot = hashOf(triangles, t) & mask;
    for (let found = table[slot] ?? 0; found !== 0; found = table[slot] ?? 0) {
      const other = found - 1;
      if (isDropped[other] === 0 && areBackToBack(triangles, t, other)) {
        isDropped[other] = isDropped[t] = 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
    if (isDropped[t] === 0) table[slot] = t + 1;
  }
  return isDropped;
}

function hashOf(triangles: Uint32Array, triangle: number): number {
  const a = triangles[3 * triangle] ?? 0;
  const b = triangles[3 * triangle + 1] ?? 0;
  const c = triangles[3 * triangle + 2] ?? 0;
  const hash = Math.imul(a + b + c, 0x9e3779b1) ^ Math.imul(a ^ b ^ c, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

function areBackToBack(triangles: Uint32Array, triangle: number, other: number): boolean {
  const first = 3 * triangle;
  const last = 3 * other + 2;
  for (let turn = 0; turn < 3; turn++) {
    let isAlike = true;
    for (let i = 0; i < 3; i++) isAlike &&= triangles[first + i] === triangles[last - ((i + turn) % 3)];
    if (isAlike) return true;
  }
  return false;
}
