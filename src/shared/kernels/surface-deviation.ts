import type { TriangleMesh } from '../base/triangle-mesh';
import type { VertexFans } from './vertex-fans';
import { NearTriangle } from './near-triangle';

/**
 * Finds the vertices of a surface that are farther than `bound` from a simpler one. Most of them are near a vertex of
 * the simpler surface that is connected to them by edges, which is quick to test. The others are sorted into cubic
 * cells; each triangle then crosses off the points near it in the surrounding cells.
 *
 * @param simpler a surface that uses the same vertex numbers, with possibly moved and unused vertices
 * @param fans the fans of the simpler surface
 * @param far receives 1 for each vertex that is too far away, and 0 for others
 * @returns the number of vertices that are too far away
 */
export function markFarPoints(
  mesh: TriangleMesh,
  simpler: TriangleMesh,
  fans: VertexFans,
  bound: number,
  far: Uint8Array,
): number {
  const { positions } = mesh;
  const count = positions.length / 3;
  far.fill(1, 0, count);
  for (const corner of simpler.triangles) far[corner] = 0;
  const near = verticesNear(mesh, far);
  far.fill(1, 0, count);
  if (crossOffNeighbours(positions, simpler.positions, fans, near, bound, far) === 0) return 0;
  const grid = pointGrid(positions, far, bound);
  const triangle = new NearTriangle(simpler.positions, positions, bound);
  for (let t = 0; t < simpler.triangles.length; t += 3) {
    crossOff(
      triangle,
      simpler.triangles[t] ?? 0,
      simpler.triangles[t + 1] ?? 0,
      simpler.triangles[t + 2] ?? 0,
      simpler.positions,
      bound,
      grid,
      far,
    );
  }
  return countMarks(far, count);
}

/** After this number of walks over the edges, few vertices are left without one. */
const WALKS = 3;

/**
 * For each marked vertex, returns an unmarked one that is few edges away, or -1. For others, returns the vertex
 * itself.
 */
function verticesNear({ positions, triangles }: TriangleMesh, marks: Uint8Array): Int32Array {
  const near = new Int32Array(positions.length / 3).fill(-1);
  for (let v = 0; v < near.length; v++) if (marks[v] === 0) near[v] = v;
  for (let walk = 0, hasLeft = true; walk < WALKS && hasLeft; walk++) {
    // With the previous state, a walk goes only one edge far.
    const before = near.slice();
    hasLeft = false;
    for (let t = 0; t < triangles.length; t += 3) {
      const a = triangles[t] ?? 0;
      const b = triangles[t + 1] ?? 0;
      const c = triangles[t + 2] ?? 0;
      const nearA = before[a] ?? -1;
      const nearB = before[b] ?? -1;
      const nearC = before[c] ?? -1;
      if (nearA >= 0 && nearB >= 0 && nearC >= 0) continue;
      const any = nearA >= 0 ? nearA : nearB >= 0 ? nearB : nearC;
      if (any < 0) {
        hasLeft = true;
        continue;
      }
      if (nearA < 0) near[a] = any;
      if (nearB < 0) near[b] = any;
      if (nearC < 0) near[c] = any;
    }
  }
  return near;
}

/**
 * Clears the marks of vertices that are within `bound` of their vertex in `near`, or of one of the triangles around
 * that vertex.
 * @returns the number of marks that are left
 */
function crossOffNeighbours(
  positions: Float32Array,
  corners: Float32Array,
  { starts, nexts, previous }: VertexFans,
  near: Int32Array,
  bound: number,
  far: Uint8Array,
): number {
  const boundSquared = bound * bound;
  const left: number[] = [];
  for (let v = 0; v < near.length; v++) {
    if (far[v] === 0) continue;
    const to = near[v] ?? -1;
    const x = (positions[3 * v] ?? 0) - (corners[3 * to] ?? Infinity);
    const y = (positions[3 * v + 1] ?? 0) - (corners[3 * to + 1] ?? 0);
    const z = (positions[3 * v + 2] ?? 0) - (corners[3 * to + 2] ?? 0);
    if (x * x + y * y + z * z <= boundSquared) far[v] = 0;
    else left.push(v);
  }
  if (left.length === 0) return 0;
  const triangle = new NearTriangle(corners, positions, bound);
  let count = left.length;
  for (const v of left) {
    const to = near[v] ?? -1;
    const end = starts[to + 1] ?? 0;
    for (let i = to < 0 ? end : (starts[to] ?? 0); i < end; i++) {
      triangle.place(to, nexts[i] ?? 0, previous[i] ?? 0);
      if (!triangle.isNear(v)) continue;
      far[v] = 0;
      count--;
      break;
    }
  }
  return count;
}

function countMarks(marks: Uint8Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += marks[i] ?? 0;
  return sum;
}

interface PointGrid {
  readonly originX: number;
  readonly originY: number;
  readonly originZ: number;
  readonly cell: number;
  readonly countX: number;
  readonly countY: number;
  readonly countZ: number;
  /** Cell c contains `points` from `starts[c]` to `starts[c + 1]`. */
  readonly starts: Uint32Array;
  readonly points: Uint32Array;
}

/** More cells than a few times the points would only cost memory, so the cell grows if the points are sparse. */
const CELLS_PER_POINT = 4;

function pointGrid(positions: Float32Array, wanted: Uint8Array, smallestCell: number): PointGrid {
  const count = positions.length / 3;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis++) {
      const p = positions[i + axis] ?? 0;
      if (p < (low[axis] ?? 0)) low[axis] = p;
      if (p > (high[axis] ?? 0)) high[axis] = p;
    }
  }
  const [originX = 0, originY = 0, originZ = 0] = low;
  const [endX = 0, endY = 0, endZ = 0] = high;
  const cellsAlong = (extent: number): number => Math.floor(extent / cell) + 1;
  const cellCount = (): number =>
    cellsAlong(endX - originX) * cellsAlong(endY - originY) * cellsAlong(endZ - originZ);
  let cell = smallestCell;
  while (cellCount() > 64 + CELLS_PER_POINT * count) cell *= 2;
  const countX = cellsAlong(endX - originX);
  const countY = cellsAlong(endY - originY);
  const countZ = cellsAlong(endZ - originZ);
  const inverse = 1 / cell;
  const cells = new Uint32Array(count);
  const starts = new Uint32Array(countX * countY * countZ + 1);
  for (let i = 0; i < count; i++) {
    if (wanted[i] === 0) continue;
    const x = Math.floor(((positions[3 * i] ?? 0) - originX) * inverse);
    const y = Math.floor(((positions[3 * i + 1] ?? 0) - originY) * inverse);
    const z = Math.floor(((positions[3 * i + 2] ?? 0) - originZ) * inverse);
    const c = (Math.min(z, countZ - 1) * countY + Math.min(y, countY - 1)) * countX + Math.min(x, countX - 1);
    cells[i] = c;
    starts[c] = (starts[c] ?? 0) + 1;
  }
  let end = 0;
  for (let c = 0; c < starts.length; c++) starts[c] = end += starts[c] ?? 0;
  const points = new Uint32Array(end);
  for (let i = count - 1; i >= 0; i--) {
    if (wanted[i] === 0) continue;
    const c = cells[i] ?? 0;
    const at = (starts[c] ?? 0) - 1;
    starts[c] = at;
    points[at] = i;
  }
  return { originX, originY, originZ, cell, countX, countY, countZ, starts, points };
}

/** Clears the mark of every point near the triangle of three points. */
function crossOff(
  triangle: NearTriangle,
  a: number,
  b: number,
  c: number,
  positions: Float32Array,
  reach: number,
  grid: PointGrid,
  far: Uint8Array,
): void {
  const { originX, originY, originZ, cell, countX, countY, countZ, starts, points } = grid;
  const [ax, ay, az] = [positions[3 * a] ?? 0, positions[3 * a + 1] ?? 0, positions[3 * a + 2] ?? 0];
  const [bx, by, bz] = [positions[3 * b] ?? 0, positions[3 * b + 1] ?? 0, positions[3 * b + 2] ?? 0];
  const [cx, cy, cz] = [positions[3 * c] ?? 0, positions[3 * c + 1] ?? 0, positions[3 * c + 2] ?? 0];
  const lowX = Math.max(0, Math.floor((Math.min(ax, bx, cx) - reach - originX) / cell));
  const lowY = Math.max(0, Math.floor((Math.min(ay, by, cy) - reach - originY) / cell));
  const lowZ = Math.max(0, Math.floor((Math.min(az, bz, cz) - reach - originZ) / cell));
  const highX = Math.min(countX - 1, Math.floor((Math.max(ax, bx, cx) + reach - originX) / cell));
  const highY = Math.min(countY - 1, Math.floor((Math.max(ay, by, cy) + reach - originY) / cell));
  const highZ = Math.min(countZ - 1, Math.floor((Math.max(az, bz, cz) + reach - originZ) / cell));
  let isPlaced = false;
  for (let z = lowZ; z <= highZ; z++) {
    for (let y = lowY; y <= highY; y++) {
      const row = (z * countY + y) * countX;
      // The points of a row's cells are contiguous.
      const end = starts[row + highX + 1] ?? 0;
      for (let i = starts[row + lowX] ?? 0; i < end; i++) {
        const point = points[i] ?? 0;
        if (far[point] === 0) continue;
        if (!isPlaced) triangle.place(a, b, c);
        isPlaced = true;
        if (triangle.isNear(point)) far[point] = 0;
      }
    }
  }
}
