/** Spheres in columns, in the order of their addition or sorted by z. */
export interface Spheres {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  readonly radius: Float32Array;
  readonly neuron: Uint32Array;
}

/** Collects spheres, possibly millions of them. */
export class SphereList {
  private spheres = allocate(1024);
  private count = 0;

  add(x: number, y: number, z: number, radius: number, neuron: number): void {
    if (this.count === this.spheres.x.length) this.spheres = copyInto(allocate(2 * this.count), this.spheres);
    const i = this.count++;
    this.spheres.x[i] = x;
    this.spheres.y[i] = y;
    this.spheres.z[i] = z;
    this.spheres.radius[i] = radius;
    this.spheres.neuron[i] = neuron;
  }

  /** Returns all spheres by ascending z. Spheres with the same z stay in their order. */
  sortedByZ(): Spheres {
    const { x, y, z, radius, neuron } = this.spheres;
    const order = Uint32Array.from({ length: this.count }, (_, i) => i);
    order.sort((a, b) => (z[a] ?? 0) - (z[b] ?? 0) || a - b);
    return {
      x: Float32Array.from(order, (i) => x[i] ?? 0),
      y: Float32Array.from(order, (i) => y[i] ?? 0),
      z: Float32Array.from(order, (i) => z[i] ?? 0),
      radius: Float32Array.from(order, (i) => radius[i] ?? 0),
      neuron: Uint32Array.from(order, (i) => neuron[i] ?? 0),
    };
  }
}

function allocate(capacity: number): Spheres {
  return {
    x: new Float32Array(capacity),
    y: new Float32Array(capacity),
    z: new Float32Array(capacity),
    radius: new Float32Array(capacity),
    neuron: new Uint32Array(capacity),
  };
}

function copyInto(target: Spheres, source: Spheres): Spheres {
  target.x.set(source.x);
  target.y.set(source.y);
  target.z.set(source.z);
  target.radius.set(source.radius);
  target.neuron.set(source.neuron);
  return target;
}
