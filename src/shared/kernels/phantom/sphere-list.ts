/** The numbers of a sphere: x, y, z, radius, and the neuron that it is a part of, which is below 2^24. */
export const SPHERE_NUMBERS = 5;

/** Collects spheres. There may be millions of them. */
export class SphereList {
  private numbers = new Float32Array(1024 * SPHERE_NUMBERS);
  private length = 0;

  add(...sphere: readonly [x: number, y: number, z: number, radius: number, neuron: number]): void {
    if (this.length === this.numbers.length) {
      const { numbers } = this;
      this.numbers = new Float32Array(2 * this.length);
      this.numbers.set(numbers);
    }
    this.numbers.set(sphere, this.length);
    this.length += SPHERE_NUMBERS;
  }

  /** Returns the numbers of all spheres by ascending z. Spheres of the same z keep their order. */
  sortedByZ(): Float32Array {
    const { numbers } = this;
    const zOf = (sphere: number): number => numbers[sphere * SPHERE_NUMBERS + 2] ?? 0;
    const order = Uint32Array.from({ length: this.length / SPHERE_NUMBERS }, (_, i) => i);
    order.sort((a, b) => zOf(a) - zOf(b) || a - b);
    const sorted = new Float32Array(this.length);
    order.forEach((sphere, i) => {
      const from = sphere * SPHERE_NUMBERS;
      sorted.set(numbers.subarray(from, from + SPHERE_NUMBERS), i * SPHERE_NUMBERS);
    });
    return sorted;
  }
}
