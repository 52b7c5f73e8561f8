/** Distances of a point from four triangles at once: a lane for each of them. */

/**
 * Reports which of four triangles between `to`, u and v are within `bound` of a point, except along the edge from `to`
 * to v, a bit each. The vectors to the point, u and v are given by their coordinates.
 */
export function nearTriangles(
  x: v128,
  y: v128,
  z: v128,
  ux: v128,
  uy: v128,
  uz: v128,
  vx: v128,
  vy: v128,
  vz: v128,
  bound: f32,
): u32 {
  const most = f32x4.splat(bound);
  const nx = f32x4.sub(f32x4.mul(uy, vz), f32x4.mul(uz, vy));
  const ny = f32x4.sub(f32x4.mul(uz, vx), f32x4.mul(ux, vz));
  const nz = f32x4.sub(f32x4.mul(ux, vy), f32x4.mul(uy, vx));
  const squared = dots(nx, ny, nz, nx, ny, nz);
  const height = f32x4.abs(dots(nx, ny, nz, x, y, z));
  // This is the cross product of the vector to the point and the normal. Its products with v and u say where the foot of the height is.
  const tx = f32x4.sub(f32x4.mul(y, nz), f32x4.mul(z, ny));
  const ty = f32x4.sub(f32x4.mul(z, nx), f32x4.mul(x, nz));
  const tz = f32x4.sub(f32x4.mul(x, ny), f32x4.mul(y, nx));
  const ofU = f32x4.neg(dots(tx, ty, tz, vx, vy, vz));
  const ofV = dots(tx, ty, tz, ux, uy, uz);
  const zero = f32x4.splat(0);
  const inside = v128.and(
    v128.and(f32x4.ge(ofU, zero), f32x4.ge(ofV, zero)),
    f32x4.le(f32x4.add(ofU, ofV), squared),
  );
  const near = v128.and(inside, f32x4.le(height, f32x4.mul(most, f32x4.sqrt(squared))));
  const boundSquared = f32x4.mul(most, most);
  const alongU = nearEdges(x, y, z, ux, uy, uz, boundSquared);
  const across = nearEdges(
    f32x4.sub(x, ux),
    f32x4.sub(y, uy),
    f32x4.sub(z, uz),
    f32x4.sub(vx, ux),
    f32x4.sub(vy, uy),
    f32x4.sub(vz, uz),
    boundSquared,
  );
  return i32x4.bitmask(v128.or(near, v128.or(alongU, across)));
}

/** Compares the squared distances from edges that begin at 0. */
function nearEdges(x: v128, y: v128, z: v128, ux: v128, uy: v128, uz: v128, boundSquared: v128): v128 {
  const share = f32x4.div(dots(x, y, z, ux, uy, uz), dots(ux, uy, uz, ux, uy, uz));
  const within = f32x4.max(f32x4.splat(0), f32x4.min(f32x4.splat(1), share));
  const rx = f32x4.sub(x, f32x4.mul(ux, within));
  const ry = f32x4.sub(y, f32x4.mul(uy, within));
  const rz = f32x4.sub(z, f32x4.mul(uz, within));
  return f32x4.le(dots(rx, ry, rz, rx, ry, rz), boundSquared);
}

/** The products of four pairs of vectors. */
export function dots(ax: v128, ay: v128, az: v128, bx: v128, by: v128, bz: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.mul(ax, bx), f32x4.mul(ay, by)), f32x4.mul(az, bz));
}
