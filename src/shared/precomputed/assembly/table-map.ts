/** The tables of labels that a channel has so far, so that blocks with the same labels share one. */
import { align, hashOf, powerOfTwo } from '../../base/assembly/memory';

/**
 * The binary logarithm of the size of a slot in bytes: offset in words from the channel's start, number of labels (0
 * for a free slot), hash, unused.
 */
const SLOT_SHIFT: u32 = 4;

let mapAt: usize = 0;
let mapMask: u32 = 0;

/** Lays out the map from `start` on. Returns its end. */
export function layOutTableMap(start: u64, blocks: u32): u64 {
  const slots = powerOfTwo(2 * blocks);
  mapAt = <usize>start;
  mapMask = slots - 1;
  return align(start + ((<u64>slots) << SLOT_SHIFT));
}

export function clearTableMap(): void {
  memory.fill(mapAt, 0, (<usize>(mapMask + 1)) << SLOT_SHIFT);
}

/**
 * Returns the offset, in words from the channel's start at `channel`, of a table that equals the `count` labels at
 * `labels`. If there is none yet, the labels are written at `newOffset`, and that is the result.
 */
export function shareTable<T>(labels: usize, count: u32, channel: usize, newOffset: u32): u32 {
  const bytes = count * sizeof<T>();
  let hash = count;
  for (let at = labels; at < labels + bytes; at += sizeof<T>()) {
    hash = hashOf(<u64>load<T>(at) ^ (((<u64>hash) << 32) | hash));
  }
  let index = hash & mapMask;
  while (true) {
    const slot = mapAt + ((<usize>index) << SLOT_SHIFT);
    const slotCount = load<u32>(slot, 4);
    if (slotCount === 0) {
      store<u32>(slot, newOffset);
      store<u32>(slot, count, 4);
      store<u32>(slot, hash, 8);
      memory.copy(channel + ((<usize>newOffset) << 2), labels, bytes);
      return newOffset;
    }
    if (slotCount === count && load<u32>(slot, 8) === hash) {
      const offset = load<u32>(slot);
      if (memory.compare(channel + ((<usize>offset) << 2), labels, bytes) === 0) return offset;
    }
    index = (index + 1) & mapMask;
  }
}
