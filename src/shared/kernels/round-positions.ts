import type { Vec3 } from '../base/vec3';

/**
 * Rounds positions to multiples of `units` and keeps all positions different: a vertex whose rounded position is
 * taken stays where it is, or moves next to it.
 *
 * @param positions x, y, z of each vertex, whole numbers; changed
 * @param isFixed 1 for those that must not be moved
 */
export function roundPositions(positions: Int32Array, units: Vec3, isFixed: Uint8Array): void {
  const taken = new PositionSet(positions, isFixed.length);
  for (let v = 0; v < isFixed.length; v++) if (isFixed[v] === 1) taken.add(v);
  const exact = new Int32Array(3);
  for (let v = 0; v < isFixed.length; v++) {
    if (isFixed[v] === 1) continue;
    for (const axis of [0, 1, 2] as const) {
      const p = positions[3 * v + axis] ?? 0;
      exact[axis] = p;
      positions[3 * v + axis] = Math.floor(p / units[axis] + 0.5) * units[axis];
    }
    if (taken.add(v)) continue;
    positions.set(exact, 3 * v);
    while (!taken.add(v)) positions[3 * v] = (positions[3 * v] ?? 0) + 1;
  }
}

/** The slots of the last set. Allocating them for each of very many small surfaces would take longer than the work. */
let lastSlots = new Int32Array(0);

/** Vertices by their positions: an open hash table with linear probing. There is one at a time. */
class PositionSet {
  private readonly slots: Int32Array;
  private readonly mask: number;

  constructor(
    private readonly positions: Int32Array,
    most: number,
  ) {
    const count = 2 ** Math.ceil(Math.log2(2 * most + 2));
    if (lastSlots.length < count) lastSlots = new Int32Array(count);
    else lastSlots.fill(0, 0, count);
    this.slots = lastSlots;
    this.mask = count - 1;
  }

  /** Returns false if another vertex already has this position. */
  add(vertex: number): boolean {
    const { positions, slots, mask } = this;
    const x = positions[3 * vertex] ?? 0;
    const y = positions[3 * vertex + 1] ?? 0;
    const z = positions[3 * vertex + 2] ?? 0;
    let hash = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b) ^ Math.imul(z, 0xc2b2ae35);
    hash ^= hash >>> 15;
    for (let slot = Math.imul(hash, 0x2c1b3c6d) >>> 3; ; slot++) {
      const other = (slots[slot & mask] ?? 0) - 1;
      if (other < 0) {
        slots[slot & mask] = vertex + 1;
        return true;
      }
      if (positions[3 * other] === x && positions[3 * other + 1] === y && positions[3 * other + 2] === z)
        return false;
    }
  }
}
