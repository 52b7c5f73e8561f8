/**
 * Finds the points that lie farther than `bound` from a surface. The points are put into cubic cells; each
 * triangle then crosses off the points near it in the cells about it.
 *
 * @param positions x, y, z of the points
 * @param triangles three corners each, numbers of points: the surface
 * @param far gets 1 for each point that is too far, else 0
 * @returns the number of points that are too far
 */
export function markFarPoints(
  positions: Float32Array,
  triangles: Uint32Array,
  bound: number,
  far: Uint8Array,
): number {
  const count = positions.length / 3;
  far.fill(1, 0, count);
  for (const corner of triangles) far[corner] = 0;
  const grid = pointGrid(positions, far, 2 * bound);
  for (let t = 0; t < triangles.length; t += 3) {
    crossOff(
      positions,
      3 * (triangles[t] ?? 0),
      3 * (triangles[t + 1] ?? 0),
      3 * (triangles[t + 2] ?? 0),
      bound,
      grid,
      far,
    );
  }
  let remaining = 0;
  for (let i = 0; i < count; i++) remaining += far[i] ?? 0;
  return remaining;
}

interface PointGrid {
  readonly originX: number;
  readonly originY: number;
  readonly originZ: number;
  readonly cell: number;
  readonly countX: number;
  readonly countY: number;
  readonly countZ: number;
  /** Cell c holds `points` from `starts[c]` to `starts[c + 1]`. */
  readonly starts: Uint32Array;
  readonly points: Uint32Array;
}

/** Cells more than a few times the points would only cost memory: the cell grows where space is sparse. */
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

/** Clears the mark of every point within `bound` of the triangle whose corners stand at a, b, c. */
function crossOff(
  positions: Float32Array,
  a: number,
  b: number,
  c: number,
  bound: number,
  grid: PointGrid,
  far: Uint8Array,
): void {
  const { originX, originY, originZ, cell, countX, countY, countZ, starts, points } = grid;
  const ax = positions[a] ?? 0;
  const ay = positions[a + 1] ?? 0;
  const az = positions[a + 2] ?? 0;
  const bx = positions[b] ?? 0;
  const by = positions[b + 1] ?? 0;
  const bz = positions[b + 2] ?? 0;
  const cx = positions[c] ?? 0;
  const cy = positions[c + 1] ?? 0;
  const cz = positions[c + 2] ?? 0;
  const ux = bx - ax;
  const uy = by - ay;
  const uz = bz - az;
  const vx = cx - ax;
  const vy = cy - ay;
  const vz = cz - az;
  let nx = uy * vz - uz * vy;
  let ny = uz * vx - ux * vz;
  let nz = ux * vy - uy * vx;
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
  if (length > 0) {
    nx /= length;
    ny /= length;
    nz /= length;
  }
  const uu = ux * ux + uy * uy + uz * uz;
  const uv = ux * vx + uy * vy + uz * vz;
  const vv = vx * vx + vy * vy + vz * vz;
  const scale = length > 0 ? 1 / (length * length) : 0;
  const boundSquared = bound * bound;
  const lowX = Math.max(0, Math.floor((Math.min(ax, bx, cx) - bound - originX) / cell));
  const lowY = Math.max(0, Math.floor((Math.min(ay, by, cy) - bound - originY) / cell));
  const lowZ = Math.max(0, Math.floor((Math.min(az, bz, cz) - bound - originZ) / cell));
  const highX = Math.min(countX - 1, Math.floor((Math.max(ax, bx, cx) + bound - originX) / cell));
  const highY = Math.min(countY - 1, Math.floor((Math.max(ay, by, cy) + bound - originY) / cell));
  const highZ = Math.min(countZ - 1, Math.floor((Math.max(az, bz, cz) + bound - originZ) / cell));
  // A cell whose middle is farther from the plane than this has no point within the bound.
  const reach = bound + 0.5 * cell * (Math.abs(nx) + Math.abs(ny) + Math.abs(nz)) + 1e-3 * cell;
  for (let z = lowZ; z <= highZ; z++) {
    for (let y = lowY; y <= highY; y++) {
      for (let x = lowX; x <= highX; x++) {
        const heightOfMiddle =
          nx * (originX + (x + 0.5) * cell - ax) +
          ny * (originY + (y + 0.5) * cell - ay) +
          nz * (originZ + (z + 0.5) * cell - az);
        if (heightOfMiddle > reach || heightOfMiddle < -reach) continue;
        const index = (z * countY + y) * countX + x;
        const end = starts[index + 1] ?? 0;
        for (let i = starts[index] ?? 0; i < end; i++) {
          const point = points[i] ?? 0;
          if (far[point] === 0) continue;
          const px = (positions[3 * point] ?? 0) - ax;
          const py = (positions[3 * point + 1] ?? 0) - ay;
          const pz = (positions[3 * point + 2] ?? 0) - az;
          const height = nx * px + ny * py + nz * pz;
          if (height > bound || height < -bound) continue;
          const pu = px * ux + py * uy + pz * uz;
          const pv = px * vx + py * vy + pz * vz;
          const s = (vv * pu - uv * pv) * scale;
          const t = (uu * pv - uv * pu) * scale;
          if (
            (length > 0 && s >= 0 && t >= 0 && s + t <= 1) ||
            segmentDistanceSquared(px, py, pz, ux, uy, uz) <= boundSquared ||
            segmentDistanceSquared(px, py, pz, vx, vy, vz) <= boundSquared ||
            segmentDistanceSquared(px - ux, py - uy, pz - uz, vx - ux, vy - uy, vz - uz) <= boundSquared
          ) {
            far[point] = 0;
          }
        }
      }
    }
  }
}

/** Squared distance of p from the segment from 0 to d. */
function segmentDistanceSquared(
  px: number,
  py: number,
  pz: number,
  dx: number,
  dy: number,
  dz: number,
): number {
  const dd = dx * dx + dy * dy + dz * dz;
  const along = px * dx + py * dy + pz * dz;
  const t = dd > 0 ? Math.min(1, Math.max(0, along / dd)) : 0;
  const rx = px - t * dx;
  const ry = py - t * dy;
  const rz = pz - t * dz;
  return rx * rx + ry * ry + rz * rz;
}
