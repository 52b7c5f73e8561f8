/** Encodes blocks of more than 16 labels: a hash map finds the labels, and a radix sort orders them. */
import { blockVoxels, depth, height, rowBytes, rowStart, sliceBytes, width } from './block-shape';
import { indicesAt, labelsAt, MAX_LABELS, ranksAt, sortAt } from './label-scratch';
import { align, hashOf, powerOfTwo } from '../../base/assembly/memory';

/** The binary logarithm of the size of a slot in bytes: label (8), index (4), number of its block (4). */
const SLOT_SHIFT: u32 = 4;

let mapAt: usize = 0;
let mapMask: u32 = 0;
/**
 * The number of the current block. The map needn't be cleared for each block: slots of other blocks count as free.
 */
let block: u32 = 0;
/** For each byte of the labels, the number of occurrences of each of its 256 values. */
let histogramsAt: usize = 0;

/** Lays out the map from `start` on. Returns its end. Call {@link clearLabelMap} once the memory is reserved. */
export function layOutLabelMap(start: u64, blockVoxels: u32): u64 {
  const slots = powerOfTwo(2 * min(blockVoxels, MAX_LABELS));
  mapAt = <usize>start;
  mapMask = slots - 1;
  const histograms = align(start + ((<u64>slots) << SLOT_SHIFT));
  histogramsAt = <usize>histograms;
  return align(histograms + 8 * 1024);
}

export function clearLabelMap(): void {
  memory.fill(mapAt, 0, (<usize>(mapMask + 1)) << SLOT_SHIFT);
  block = 0;
}

/** Returns the address of the label's slot in the map, or of the free slot for it. */
function slotOf(label: u64): usize {
  let index = hashOf(label) & mapMask;
  while (true) {
    const slot = mapAt + ((<usize>index) << SLOT_SHIFT);
    if (load<u32>(slot, 12) !== block || load<u64>(slot) === label) return slot;
    index = (index + 1) & mapMask;
  }
}

/**
 * Writes the labels of the voxels at `at` in order of appearance, and for each voxel the index of its label, 16 bits
 * each. Returns the number of labels, or MAX_LABELS + 1 if there are more than MAX_LABELS.
 */
export function indexMany<T>(at: usize): u32 {
  block++;
  let count: u32 = 0;
  // This may be any value except the first label.
  let last = <T>~(<u64>load<T>(at));
  let lastIndex: u32 = 0;
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      const row = at + <usize>z * sliceBytes + <usize>y * rowBytes;
      const indices = indicesAt + (rowStart(y, z) << 1);
      for (let x: u32 = 0; x < width; x++) {
        const label = load<T>(row + x * sizeof<T>());
        if (label !== last) {
          last = label;
          const slot = slotOf(<u64>label);
          if (load<u32>(slot, 12) !== block) {
            if (count === MAX_LABELS) return MAX_LABELS + 1;
            store<u64>(slot, <u64>label);
            store<u32>(slot, count, 8);
            store<u32>(slot, block, 12);
            store<T>(labelsAt + count * sizeof<T>(), label);
            count++;
          }
          lastIndex = load<u32>(slot, 8);
        }
        store<u16>(indices + (x << 1), <u16>lastIndex);
      }
    }
  }
  return count;
}

/** Sorts the labels that {@link indexMany} found, and writes their ranks in order of appearance, 16 bits each. */
export function sortMany<T>(count: u32): void {
  radixSort<T>(count);
  for (let rank: u32 = 0; rank < count; rank++) {
    const slot = slotOf(<u64>load<T>(labelsAt + rank * sizeof<T>()));
    store<u16>(ranksAt + (load<u32>(slot, 8) << 1), <u16>rank);
  }
}

/** Sorts `labelsAt`, the least significant byte first. Bytes that are the same in all labels are skipped. */
function radixSort<T>(count: u32): void {
  const histograms = histogramsAt;
  memory.fill(histograms, 0, sizeof<T>() << 10);
  for (let i: u32 = 0; i < count; i++) {
    const label = <u64>load<T>(labelsAt + i * sizeof<T>());
    for (let byte: u32 = 0; byte < sizeof<T>(); byte++) {
      const counter = histograms + (byte << 10) + (byteOf(label, byte) << 2);
      store<u32>(counter, load<u32>(counter) + 1);
    }
  }
  let from = labelsAt;
  let to = sortAt;
  for (let byte: u32 = 0; byte < sizeof<T>(); byte++) {
    const counters = histograms + (byte << 10);
    if (load<u32>(counters + (byteOf(<u64>load<T>(from), byte) << 2)) === count) continue;
    let total: u32 = 0;
    for (let counter = counters; counter < counters + 1024; counter += 4) {
      const occurrences = load<u32>(counter);
      store<u32>(counter, total);
      total += occurrences;
    }
    for (let i: u32 = 0; i < count; i++) {
      const label = load<T>(from + i * sizeof<T>());
      const counter = counters + (byteOf(<u64>label, byte) << 2);
      const position = load<u32>(counter);
      store<u32>(counter, position + 1);
      store<T>(to + position * sizeof<T>(), label);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from !== labelsAt) memory.copy(labelsAt, from, count * sizeof<T>());
}

function byteOf(label: u64, byte: u32): u32 {
  return <u32>(label >> (byte << 3)) & 0xff;
}

/** Writes the ranks of the voxels to `target` as values of type V (u8 or u16). Voxels outside of the chunk get 0. */
export function packMany<V>(target: usize): void {
  memory.fill(target, 0, ((blockVoxels * sizeof<V>() + 3) >>> 2) << 2);
  for (let z: u32 = 0; z < depth; z++) {
    for (let y: u32 = 0; y < height; y++) {
      const start = rowStart(y, z);
      for (let i = start; i < start + width; i++) {
        const rank = load<u16>(ranksAt + ((<usize>load<u16>(indicesAt + (i << 1))) << 1));
        store<V>(target + i * sizeof<V>(), <V>rank);
      }
    }
  }
}
