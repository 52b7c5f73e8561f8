import { grownCopy } from './grown-copy';
import { hashLabel } from './label-table';

/** The words of an entry: from low, from high, to low, to high. */
const ENTRY_WORDS = 4;

/**
 * Maps 64-bit ids to new ids: an open hash table with linear probing over pairs of 32-bit words, without bigints.
 * Negative numbers are represented by their two's complement.
 */
export class IdMap {
  private entries = new Uint32Array(256 * ENTRY_WORDS);
  private slots = new Uint32Array(1024);
  private count = 0;

  /** The number of ids in the map. */
  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.entries.byteLength + this.slots.byteLength;
  }

  /**
   * Adds an id unless it is already in the map. Returns the number of its entry, counted from 0 in the order of
   * addition.
   */
  add(low: number, high: number, toLow: number, toHigh: number): number {
    const known = this.find(low, high);
    if (known >= 0) return known;
    const index = this.count++;
    if (this.count * ENTRY_WORDS > this.entries.length) {
      this.entries = grownCopy(this.entries, 2 * this.entries.length);
    }
    const at = index * ENTRY_WORDS;
    this.entries[at] = low;
    this.entries[at + 1] = high;
    this.entries[at + 2] = toLow;
    this.entries[at + 3] = toHigh;
    if (this.count * 3 > this.slots.length) this.rehash(2 * this.slots.length);
    else this.place(index);
    return index;
  }

  /** Returns the number of an id's entry, or -1 if it isn't in the map. */
  find(low: number, high: number): number {
    const { entries, slots } = this;
    const mask = slots.length - 1;
    let slot = hashLabel(low, high) & mask;
    for (;;) {
      const index = (slots[slot] as number) - 1;
      if (index < 0) return -1;
      if (entries[index * ENTRY_WORDS] === low && entries[index * ENTRY_WORDS + 1] === high) return index;
      slot = (slot + 1) & mask;
    }
  }

  toLow(index: number): number {
    return this.entries[index * ENTRY_WORDS + 2] as number;
  }

  toHigh(index: number): number {
    return this.entries[index * ENTRY_WORDS + 3] as number;
  }

  private place(index: number): void {
    const { entries, slots } = this;
    const mask = slots.length - 1;
    const at = index * ENTRY_WORDS;
    let slot = hashLabel(entries[at] as number, entries[at + 1] as number) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = index + 1;
  }

  private rehash(slots: number): void {
    this.slots = new Uint32Array(slots);
    for (let index = 0; index < this.count; index++) this.place(index);
  }
}
