/** A triangle that can be moved, and that tests which points are within a bound of it. */
export class NearTriangle {
  private ax = 0;
  private ay = 0;
  private az = 0;
  /** The edges u and v from the first corner, and the normal of length 1, or 0 if the triangle has no area. */
  private ux = 0;
  private uy = 0;
  private uz = 0;
  private vx = 0;
  private vy = 0;
  private vz = 0;
  private nx = 0;
  private ny = 0;
  private nz = 0;
  private length = 0;

  /** @param corners the possible corners of the triangle @param points the points to test */
  constructor(
    private readonly corners: Float32Array,
    private readonly points: Float32Array,
    private readonly bound: number,
  ) {}

  /** Moves the triangle to three corners, given by their numbers. */
  place(a: number, b: number, c: number): void {
    const positions = this.corners;
    const ax = (this.ax = positions[3 * a] ?? 0);
    const ay = (this.ay = positions[3 * a + 1] ?? 0);
    const az = (this.az = positions[3 * a + 2] ?? 0);
    const ux = (this.ux = (positions[3 * b] ?? 0) - ax);
    const uy = (this.uy = (positions[3 * b + 1] ?? 0) - ay);
    const uz = (this.uz = (positions[3 * b + 2] ?? 0) - az);
    const vx = (this.vx = (positions[3 * c] ?? 0) - ax);
    const vy = (this.vy = (positions[3 * c + 1] ?? 0) - ay);
    const vz = (this.vz = (positions[3 * c + 2] ?? 0) - az);
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    const length = (this.length = Math.sqrt(nx * nx + ny * ny + nz * nz));
    const scale = length > 0 ? 1 / length : 0;
    this.nx = nx * scale;
    this.ny = ny * scale;
    this.nz = nz * scale;
  }

  /** Reports whether a point, given by its number, is within the bound of the triangle. */
  isNear(point: number): boolean {
    const { points, bound, nx, ny, nz, length } = this;
    const px = (points[3 * point] ?? 0) - this.ax;
    const py = (points[3 * point + 1] ?? 0) - this.ay;
    const pz = (points[3 * point + 2] ?? 0) - this.az;
    const height = nx * px + ny * py + nz * pz;
    if (height > bound || height < -bound) return false;
    const { ux, uy, uz, vx, vy, vz } = this;
    const uu = ux * ux + uy * uy + uz * uz;
    const uv = ux * vx + uy * vy + uz * vz;
    const vv = vx * vx + vy * vy + vz * vz;
    const pu = px * ux + py * uy + pz * uz;
    const pv = px * vx + py * vy + pz * vz;
    const s = vv * pu - uv * pv;
    const t = uu * pv - uv * pu;
    const boundSquared = bound * bound;
    return (
      (length > 0 && s >= 0 && t >= 0 && s + t <= length * length) ||
      segmentDistanceSquared(px, py, pz, ux, uy, uz) <= boundSquared ||
      segmentDistanceSquared(px, py, pz, vx, vy, vz) <= boundSquared ||
      segmentDistanceSquared(px - ux, py - uy, pz - uz, vx - ux, vy - uy, vz - uz) <= boundSquared
    );
  }
}

/** The squared distance of p from the segment from 0 to d. */
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
