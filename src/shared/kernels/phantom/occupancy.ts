import type { Vec3 } from '../../base/vec3';

/** Edge of a cube that has one owner. */
const CUBE = 5;

/** A coarse map of space that stores which neuron owns each part, so that neurites can avoid one another. */
export class Occupancy {
  private readonly counts: Vec3;
  private readonly owners: Uint32Array;

  /** Covers the box from `min` to `max`. */
  constructor(
    private readonly min: Vec3,
    max: Vec3,
  ) {
    const count = (axis: 0 | 1 | 2) => Math.ceil((max[axis] - min[axis]) / CUBE) + 1;
    this.counts = [count(0), count(1), count(2)];
    this.owners = new Uint32Array(this.counts[0] * this.counts[1] * this.counts[2]);
  }

  /** Returns the neuron that owns the point, or 0 if there is none or the point is outside. */
  ownerAt([x, y, z]: Vec3): number {
    const [i, j, k] = [this.cube(x, 0), this.cube(y, 1), this.cube(z, 2)];
    const [across, down, deep] = this.counts;
    if (i < 0 || j < 0 || k < 0 || i >= across || j >= down || k >= deep) return 0;
    return this.owners[(k * down + j) * across + i] ?? 0;
  }

  /** Gives `neuron` the free cubes whose middle is in the sphere, and always the cube of the centre. */
  claim([x, y, z]: Vec3, radius: number, neuron: number): void {
    const [across, down, deep] = this.counts;
    const [ci, cj, ck] = [this.cube(x, 0), this.cube(y, 1), this.cube(z, 2)];
    const reach = Math.ceil(radius / CUBE);
    for (let k = Math.max(0, ck - reach); k <= Math.min(deep - 1, ck + reach); k++) {
      for (let j = Math.max(0, cj - reach); j <= Math.min(down - 1, cj + reach); j++) {
        for (let i = Math.max(0, ci - reach); i <= Math.min(across - 1, ci + reach); i++) {
          const dx = this.min[0] + (i + 0.5) * CUBE - x;
          const dy = this.min[1] + (j + 0.5) * CUBE - y;
          const dz = this.min[2] + (k + 0.5) * CUBE - z;
          const isInside = dx * dx + dy * dy + dz * dz <= radius * radius;
          const isCenter = i === ci && j === cj && k === ck;
          const cube = (k * down + j) * across + i;
          if ((isInside || isCenter) && this.owners[cube] === 0) this.owners[cube] = neuron;
        }
      }
    }
  }

  private cube(value: number, axis: 0 | 1 | 2): number {
    return Math.floor((value - this.min[axis]) / CUBE);
  }
}
