import { grownCopy } from './grown-copy';

/**
 * Gives each 64-bit label a small number, counted from 0 in the order of first occurrence: an open hash table with
 * linear probing. Labels are pairs of 32-bit words, without bigints.
 */
export class LabelTable {
  private lows = new Uint32Array(256);
  private highs = new Uint32Array(256);
  private slots = new Uint32Array(1024);
  private count = 0;

  /** The number of labels so far. */
  get size(): number {
    return this.count;
  }

  /** Returns the label's number. A label that isn't in the table yet gets a new number. */
  indexOf(low: number, high: number): number {
    const { lows, highs, slots } = this;
    const mask = slots.length - 1;
    let slot = hashLabel(low, high) & mask;
    for (;;) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) break;
      if (lows[entry - 1] === low && highs[entry - 1] === high) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.add(low, high, slot);
  }

  low(index: number): number {
    return this.lows[index] ?? 0;
  }

  high(index: number): number {
    return this.highs[index] ?? 0;
  }

  label(index: number): bigint {
    return (BigInt(this.high(index)) << 32n) | BigInt(this.low(index));
  }

  clear(): void {
    this.slots.fill(0);
    this.count = 0;
  }

  private add(low: number, high: number, slot: number): number {
    const index = this.count++;
    if (index === this.lows.length) {
      this.lows = grownCopy(this.lows, 2 * index);
      this.highs = grownCopy(this.highs, 2 * index);
    }
    this.lows[index] = low;
    this.highs[index] = high;
    this.slots[slot] = index + 1;
    if (this.count * 4 > this.slots.length) this.rehash();
    return index;
  }

  private rehash(): void {
    const slots = new Uint32Array(2 * this.slots.length);
    const mask = slots.length - 1;
    for (let index = 0; index < this.count; index++) {
      let slot = hashLabel(this.low(index), this.high(index)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.slots = slots;
  }
}

/** Mixes both words well enough for a table whose size is a power of two (multipliers of MurmurHash3's finaliser). */
export function hashLabel(low: number, high: number): number {
  let h = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
