/**
 * The case table of marching cubes (Lorensen and Cline 1987), made from one rule instead of typed in.
 *
 * A cell has the centres of 2×2×2 voxels as its corners; corner c is at x = c & 1, y = c >> 1 & 1,
 * z = c >> 2. Edge e runs along axis ⌊e / 4⌋; its vertex is its middle.
 *
 * The rule: on each face of the cell, every run of corners of the label is cut off by one segment; two corners
 * of the label that touch across a face's diagonal are kept apart. The choice depends on the face alone, so
 * that two cells which share it agree and no crack can open (the trouble of the original table). Segments link
 * to loops; each loop is spanned by the triangulation of least area that has no diagonal on a face of the
 * cell. A mesh edge on a face thus belongs to just one triangle of either cell, and each vertex has one fan of
 * triangles: the surface of a label is always a closed 2-manifold.
 */
import { BugError } from '../base/errors';

/** The two corners of each edge, the lower one first. */
export const EDGE_CORNERS: readonly (readonly [number, number])[] = [
  ...[0, 2, 4, 6].map((corner) => [corner, corner + 1] as const),
  ...[0, 1, 4, 5].map((corner) => [corner, corner + 2] as const),
  ...[0, 1, 2, 3].map((corner) => [corner, corner + 4] as const),
];

/** Corners of each face, counter-clockwise as seen from outside the cell. */
const FACES: readonly (readonly number[])[] = [
  [0, 4, 6, 2],
  [1, 3, 7, 5],
  [0, 1, 5, 4],
  [2, 6, 7, 3],
  [0, 2, 3, 1],
  [4, 5, 7, 6],
];

/**
 * The triangles of all cases. Case `mask` has bit c set where corner c holds the label; its triangles are
 * `slots[3 · i]` to `slots[3 · i + 2]` for i from `starts[mask]` to `starts[mask + 1]`, counter-clockwise as
 * seen from outside the label. Slot 2e is the vertex on edge e of the label at the edge's lower corner,
 * 2e + 1 that of the label at its upper corner.
 */
export interface CaseTable {
  readonly starts: Uint16Array;
  readonly slots: Uint8Array;
}

let table: CaseTable | undefined;

/** The table, made at the first call: that takes a tenth of a second. */
export function caseTable(): CaseTable {
  return (table ??= buildCaseTable());
}

function buildCaseTable(): CaseTable {
  const starts = new Uint16Array(257);
  const slots: number[] = [];
  for (let mask = 0; mask < 256; mask++) {
    starts[mask] = slots.length / 3;
    for (const loop of surfaceLoops(mask)) {
      for (const edge of bestTriangulation(loop).flat()) {
        const lower = at(EDGE_CORNERS, edge)[0];
        slots.push(2 * edge + (((mask >> lower) & 1) === 1 ? 0 : 1));
      }
    }
  }
  starts[256] = slots.length / 3;
  return { starts, slots: Uint8Array.from(slots) };
}

/** The closed lines in which the surface meets the faces of the cell, as lists of edges. */
function surfaceLoops(mask: number): number[][] {
  const next = new Map<number, number>();
  const inside = (corner: number): boolean => ((mask >> corner) & 1) === 1;
  for (const face of FACES) {
    for (let i = 0; i < 4; i++) {
      if (inside(at(face, (i + 3) % 4)) || !inside(at(face, i))) continue;
      let last = i;
      while (inside(at(face, (last + 1) % 4))) last++;
      const entry = edgeBetween(at(face, (i + 3) % 4), at(face, i));
      next.set(entry, edgeBetween(at(face, last % 4), at(face, (last + 1) % 4)));
    }
  }
  const loops: number[][] = [];
  for (const first of [...next.keys()]) {
    const loop: number[] = [];
    for (let edge: number | undefined = first; edge !== undefined && next.has(edge);) {
      loop.push(edge);
      const following = next.get(edge);
      next.delete(edge);
      edge = following;
    }
    if (loop.length > 0) loops.push(loop);
  }
  return loops;
}

type Triangle = readonly [number, number, number];

function bestTriangulation(loop: readonly number[]): readonly Triangle[] {
  let best: readonly Triangle[] | undefined;
  let bestArea = Infinity;
  for (const candidate of triangulations(loop)) {
    const area = candidate.reduce((sum, triangle) => sum + triangleArea(triangle), 0);
    // Rounding must not decide between candidates of equal area: the first one stays.
    if (area < bestArea - 1e-9) [best, bestArea] = [candidate, area];
  }
  if (best === undefined) throw new BugError(`no triangulation for the loop ${loop.join(' ')}`);
  return best;
}

/** All ways of cutting a polygon into triangles by diagonals that don't lie on a face of the cell. */
function triangulations(polygon: readonly number[]): Triangle[][] {
  if (polygon.length < 3) return [[]];
  const first = at(polygon, 0);
  const last = at(polygon, polygon.length - 1);
  const found: Triangle[][] = [];
  for (let i = 1; i < polygon.length - 1; i++) {
    const middle = at(polygon, i);
    if (i > 1 && onOneFace(first, middle)) continue;
    if (i < polygon.length - 2 && onOneFace(middle, last)) continue;
    for (const before of triangulations(polygon.slice(0, i + 1))) {
      for (const after of triangulations(polygon.slice(i))) {
        found.push([[first, middle, last], ...before, ...after]);
      }
    }
  }
  return found;
}

function onOneFace(edgeA: number, edgeB: number): boolean {
  const corners = [...at(EDGE_CORNERS, edgeA), ...at(EDGE_CORNERS, edgeB)];
  return FACES.some((face) => corners.every((corner) => face.includes(corner)));
}

function edgeBetween(cornerA: number, cornerB: number): number {
  const low = Math.min(cornerA, cornerB);
  const high = Math.max(cornerA, cornerB);
  return EDGE_CORNERS.findIndex(([a, b]) => a === low && b === high);
}

function triangleArea([a, b, c]: Triangle): number {
  const [p, q, r] = [edgeMiddle(a), edgeMiddle(b), edgeMiddle(c)];
  const u = [q[0] - p[0], q[1] - p[1], q[2] - p[2]] as const;
  const v = [r[0] - p[0], r[1] - p[1], r[2] - p[2]] as const;
  return Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
}

function edgeMiddle(edge: number): readonly [number, number, number] {
  const [low, high] = at(EDGE_CORNERS, edge);
  return [
    ((low & 1) + (high & 1)) / 2,
    (((low >> 1) & 1) + ((high >> 1) & 1)) / 2,
    ((low >> 2) + (high >> 2)) / 2,
  ];
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new BugError(`index ${index} outside a list of ${list.length}`);
  return value;
}
