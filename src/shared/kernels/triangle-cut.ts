import { TriangleSoup } from './triangle-soup';

/**
 * Parallel planes across an axis: at every multiple of `period`, and also at `middle` past each of them unless that
 * is 0.
 */
export interface CutPlanes {
  readonly period: number;
  readonly middle: number;
}

/**
 * Cuts triangles along planes across `axis` so that no triangle has corners on both sides of a plane. A cut is on the
 * lattice: exactly on the plane, and on the other axes at the integer next to the edge. It is computed from the edge
 * alone, for any triangle that has the edge, so two triangles that shared the edge share the cut, and a closed
 * surface stays closed.
 *
 * @returns `corners` themselves if no plane cuts them
 */
export function cutTriangles(corners: Int32Array, axis: 0 | 1 | 2, planes: CutPlanes): Int32Array {
  if (!areCut(corners, axis, planes)) return corners;
  const result = new TriangleSoup(Math.ceil(corners.length / 9));
  const pending = new TriangleSoup();
  for (let t = 0; t < corners.length; t += 9) {
    const a = corners[t + axis] ?? 0;
    const b = corners[t + 3 + axis] ?? 0;
    const c = corners[t + 6 + axis] ?? 0;
    const plane = planeAbove(Math.min(a, b, c), planes);
    if (plane >= Math.max(a, b, c)) result.push(corners, t);
    else splitTriangle(corners, t, axis, plane, result, pending);
  }
  if (pending.triangleCount > 0) result.pushAll(cutTriangles(pending.corners, axis, planes));
  return result.corners;
}

/** Reports whether a plane cuts any of the triangles. */
function areCut(corners: Int32Array, axis: 0 | 1 | 2, planes: CutPlanes): boolean {
  for (let t = 0; t < corners.length; t += 9) {
    const a = corners[t + axis] ?? 0;
    const b = corners[t + 3 + axis] ?? 0;
    const c = corners[t + 6 + axis] ?? 0;
    if (planeAbove(Math.min(a, b, c), planes) < Math.max(a, b, c)) return true;
  }
  return false;
}

/** Returns the first plane above a coordinate. */
function planeAbove(coordinate: number, { period, middle }: CutPlanes): number {
  const below = Math.floor(coordinate / period) * period;
  return middle > 0 && coordinate < below + middle ? below + middle : below + period;
}

const rotated = new Int32Array(9);
const piece = new Int32Array(9);

/** Cuts one triangle at a plane that has corners on both sides. The part below goes to `low`, the rest to `high`. */
function splitTriangle(
  corners: Int32Array,
  offset: number,
  axis: 0 | 1 | 2,
  plane: number,
  low: TriangleSoup,
  high: TriangleSoup,
): void {
  const side = [0, 3, 6].map((i) => Math.sign((corners[offset + i + axis] ?? 0) - plane));
  // First comes the corner that is alone on its side, or a corner on the plane if the other two are on different
  // sides.
  const first = side.includes(0)
    ? side.indexOf(0)
    : side.findIndex((s, i) => s !== side[(i + 1) % 3] && s !== side[(i + 2) % 3]);
  for (let i = 0; i < 9; i++) rotated[i] = corners[offset + ((i + 3 * first) % 9)] ?? 0;
  const target = (s: number | undefined): TriangleSoup => ((s ?? 0) < 0 ? low : high);
  if (side[first] === 0) {
    const cut = cutEdge(rotated, 3, 6, axis, plane);
    emit(target(side[(first + 1) % 3]), rotated, 0, rotated, 3, cut, 0);
    emit(target(side[(first + 2) % 3]), rotated, 0, cut, 0, rotated, 6);
    return;
  }
  const cutB = cutEdge(rotated, 0, 3, axis, plane);
  const cutC = cutEdge(rotated, 0, 6, axis, plane);
  const other = target(-(side[first] ?? 0));
  emit(target(side[first]), rotated, 0, cutB, 0, cutC, 0);
  // The shorter diagonal makes the better triangles.
  if (squaredLength(cutB, 0, rotated, 6) <= squaredLength(cutC, 0, rotated, 3)) {
    emit(other, cutB, 0, rotated, 3, rotated, 6);
    emit(other, cutB, 0, rotated, 6, cutC, 0);
  } else {
    emit(other, cutC, 0, cutB, 0, rotated, 3);
    emit(other, cutC, 0, rotated, 3, rotated, 6);
  }
}

function squaredLength(a: Int32Array, atA: number, b: Int32Array, atB: number): number {
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += ((a[atA + i] ?? 0) - (b[atB + i] ?? 0)) ** 2;
  return sum;
}

function emit(
  target: TriangleSoup,
  a: Int32Array,
  atA: number,
  b: Int32Array,
  atB: number,
  c: Int32Array,
  atC: number,
): void {
  for (let i = 0; i < 3; i++) {
    piece[i] = a[atA + i] ?? 0;
    piece[3 + i] = b[atB + i] ?? 0;
    piece[6 + i] = c[atC + i] ?? 0;
  }
  target.push(piece, 0);
}

/**
 * Returns the intersection of an edge and the plane, calculated from the end below the plane, so that both triangles
 * get the same one.
 */
function cutEdge(corners: Int32Array, atA: number, atB: number, axis: 0 | 1 | 2, plane: number): Int32Array {
  const isBelow = (corners[atA + axis] ?? 0) < plane;
  const from = isBelow ? atA : atB;
  const to = isBelow ? atB : atA;
  const start = corners[from + axis] ?? 0;
  const share = (plane - start) / ((corners[to + axis] ?? 0) - start);
  const cut = new Int32Array(3);
  for (let i = 0; i < 3; i++) {
    const p = corners[from + i] ?? 0;
    cut[i] = Math.floor(p + ((corners[to + i] ?? 0) - p) * share + 0.5);
  }
  cut[axis] = plane;
  return cut;
}
