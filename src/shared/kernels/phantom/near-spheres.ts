import type { Spheres } from './sphere-list';

/** Spheres in the view of one slice, in any order. */
export class NearSpheres {
  count = 0;
  x = new Float64Array(0);
  y = new Float64Array(0);
  /** The square of the distance between centre and slice. */
  zz = new Float64Array(0);
  radius = new Float64Array(0);
  neuron = new Uint32Array(0);
  private distances = new Float64Array(0);

  /** Takes the spheres with these indices. */
  take(spheres: Spheres, indices: readonly number[], depth: number): void {
    this.empty(indices.length);
    for (const i of indices) {
      const dz = (spheres.z[i] ?? 0) - depth;
      this.add(spheres.x[i] ?? 0, spheres.y[i] ?? 0, dz * dz, spheres.radius[i] ?? 0, spheres.neuron[i] ?? 0);
    }
  }

  /**
   * Takes those spheres of `from` whose surface is, for some point in the circle, possibly the nearest, or at most
   * `slack` farther than the nearest.
   */
  takeNear(from: NearSpheres, centerX: number, centerY: number, circleRadius: number, slack: number): void {
    const { count, x, y, zz, radius, neuron, distances } = from;
    let nearest = Infinity;
    for (let i = 0; i < count; i++) {
      const dx = (x[i] ?? 0) - centerX;
      const dy = (y[i] ?? 0) - centerY;
      const distance = Math.sqrt(dx * dx + dy * dy + (zz[i] ?? 0)) - (radius[i] ?? 0);
      distances[i] = distance;
      if (distance < nearest) nearest = distance;
    }
    const limit = nearest + 2 * circleRadius + slack;
    this.empty(count);
    for (let i = 0; i < count; i++) {
      if ((distances[i] ?? 0) <= limit)
        this.add(x[i] ?? 0, y[i] ?? 0, zz[i] ?? 0, radius[i] ?? 0, neuron[i] ?? 0);
    }
  }

  /** Returns the neuron that all spheres belong to, or 0 if there are several, or no sphere. */
  onlyNeuron(): number {
    const { count, neuron } = this;
    const first = neuron[0] ?? 0;
    for (let i = 1; i < count; i++) if (neuron[i] !== first) return 0;
    return count === 0 ? 0 : first;
  }

  /** Removes all spheres, and makes room for new ones. */
  private empty(capacity: number): void {
    this.count = 0;
    if (this.x.length >= capacity) return;
    this.x = new Float64Array(2 * capacity);
    this.y = new Float64Array(2 * capacity);
    this.zz = new Float64Array(2 * capacity);
    this.radius = new Float64Array(2 * capacity);
    this.neuron = new Uint32Array(2 * capacity);
    this.distances = new Float64Array(2 * capacity);
  }

  private add(x: number, y: number, zz: number, radius: number, neuron: number): void {
    const i = this.count++;
    this.x[i] = x;
    this.y[i] = y;
    this.zz[i] = zz;
    this.radius[i] = radius;
    this.neuron[i] = neuron;
  }
}
