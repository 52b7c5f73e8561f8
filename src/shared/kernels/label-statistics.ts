/**
 * Counts each label's voxels and keeps its bounding box.
 *
 * In binary form, little endian, each label has 40 bytes, and labels are sorted by id:
 *
 *     offset  0   uint64     id
 *             8   uint64     voxels, from 1 to 2^53 - 1
 *            16   3 × int32  bounding box, the least x, y, z
 *            28   3 × int32  bounding box, the greatest x, y, z plus 1
 */
import { boxShape, containsBox, formatBox, isEmptyBox, type Box } from '../base/box';
import { dataTypeOf } from '../base/data-type';
import { BugError, InvalidInputError } from '../base/errors';
import { vec3, type Vec3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import { countByKernel } from './label-counts';
import { narrowRunEnd, pairLabels, pairRunEnd, type NarrowLabels, type PairLabels } from './label-runs';

export interface LabelEntry {
  readonly id: bigint;
  readonly voxels: number;
  readonly box: Box;
}

const ENTRY_BYTES = 40;
const FIRST_CAPACITY = 64;

/**
 * Voxel counts and bounding boxes of labels of up to 64 bits. Zero is a label like any other. Positions have to fit
 * into signed 32-bit integers, and counts are exact up to 2^53.
 *
 * Labels are in dense arrays in the order of their first occurrence. A hash table with linear probing finds them. A
 * run of equal voxels along x is added in one step.
 */
export class LabelStatistics {
  private labels = 0;
  /** Eight numbers for each label: the lower and upper word of the id, then the box as in the binary form. */
  private records = new Int32Array(FIRST_CAPACITY * 8);
  private counts = new Float64Array(FIRST_CAPACITY);
  /** A label's index in the arrays plus 1, or 0 if a slot is free. At least half of the slots are free. */
  private slots = new Int32Array(FIRST_CAPACITY * 2);

  /** The number of labels. */
  get size(): number {
    return this.labels;
  }

  /** Adds the voxels of `box`, a part of `block`, which has one channel of unsigned integers. */
  accumulate(block: VolumeBlock, box: Box): void {
    if (isEmptyBox(box)) return;
    const { data } = block;
    const type = dataTypeOf(data);
    if (!containsBox(block.box, box)) {
      throw new BugError(`the labels of ${formatBox(box)} aren't all in the block ${formatBox(block.box)}`);
    }
    if (!type.startsWith('uint') || block.channels !== 1) {
      throw new BugError(`labels are unsigned and have one channel, not ${type} and ${block.channels}`);
    }
    const take = (entries: Int32Array): void => {
      this.addCounts(entries);
    };
    if (countByKernel(block, box, take)) return;
    const pairs = data instanceof BigUint64Array ? pairLabels(data) : undefined;
    const [width, height] = boxShape(block.box);
    const [blockX, blockY, blockZ] = block.box.min;
    const [firstX, firstY, firstZ] = box.min;
    const [endX, endY, endZ] = box.max;
    for (let z = firstZ; z < endZ; z++) {
      for (let y = firstY; y < endY; y++) {
        const begin = ((z - blockZ) * height + y - blockY) * width + firstX - blockX;
        const end = begin + endX - firstX;
        if (pairs === undefined) this.addRow(data as NarrowLabels, begin, end, firstX, y, z);
        else this.addRowOfPairs(pairs, begin, end, firstX, y, z);
      }
    }
  }

  /** Adds labels in the kernels' form, which is the binary form described above in any order. */
  addCounts(entries: Int32Array): void {
    for (let at = 0; at < entries.length; at += ENTRY_BYTES / 4) {
      this.add(
        entries[at] ?? 0,
        entries[at + 1] ?? 0,
        ((entries[at + 2] ?? 0) >>> 0) + (entries[at + 3] ?? 0) * 2 ** 32,
        entries[at + 4] ?? 0,
        entries[at + 5] ?? 0,
        entries[at + 6] ?? 0,
        entries[at + 7] ?? 0,
        entries[at + 8] ?? 0,
        entries[at + 9] ?? 0,
      );
    }
  }

  /** Adds the voxels of one label. */
  addEntry({ id, voxels, box }: LabelEntry): void {
    const low = Number(BigInt.asIntN(32, id));
    const high = Number(BigInt.asIntN(32, id >> 32n));
    this.add(low, high, voxels, ...box.min, ...box.max);
  }

  /** Adds everything that another object has counted. */
  merge({ records, counts, labels }: LabelStatistics): void {
    for (let label = 0; label < labels; label++) {
      const at = label * 8;
      this.add(
        records[at] ?? 0,
        records[at + 1] ?? 0,
        counts[label] ?? 0,
        records[at + 2] ?? 0,
        records[at + 3] ?? 0,
        records[at + 4] ?? 0,
        records[at + 5] ?? 0,
        records[at + 6] ?? 0,
        records[at + 7] ?? 0,
      );
    }
  }

  /** Yields the labels by ascending id. */
  *[Symbol.iterator](): Generator<LabelEntry> {
    for (const label of this.ascending()) {
      const [low = 0, high = 0, ...bounds] = this.records.subarray(label * 8, label * 8 + 8);
      const [minX = 0, minY = 0, minZ = 0, maxX = 0, maxY = 0, maxZ = 0] = bounds;
      yield {
        id: (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0),
        voxels: this.counts[label] ?? 0,
        box: { min: [minX, minY, minZ], max: [maxX, maxY, maxZ] },
      };
    }
  }

  /** Returns the binary form described above. The same voxels give the same bytes, in any order of addition. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.labels * ENTRY_BYTES);
    const view = new DataView(bytes.buffer);
    let offset = 0;
    for (const label of this.ascending()) {
      const at = label * 8;
      const voxels = this.counts[label] ?? 0;
      view.setInt32(offset, this.records[at] ?? 0, true);
      view.setInt32(offset + 4, this.records[at + 1] ?? 0, true);
      view.setUint32(offset + 8, voxels % 2 ** 32, true);
      view.setUint32(offset + 12, Math.floor(voxels / 2 ** 32), true);
      for (let i = 2; i < 8; i++) view.setInt32(offset + 8 + 4 * i, this.records[at + i] ?? 0, true);
      offset += ENTRY_BYTES;
    }
    return bytes;
  }

  /** Returns the number of labels in bytes. @throws InvalidInputError if it isn't a whole number */
  static countOf(bytes: Uint8Array): number {
    if (bytes.length % ENTRY_BYTES === 0) return bytes.length / ENTRY_BYTES;
    throw malformed(`${bytes.length} bytes are not a multiple of ${ENTRY_BYTES}`);
  }

  /** @throws InvalidInputError if `bytes` were not written by {@link toBytes} */
  static fromBytes(bytes: Uint8Array): LabelStatistics {
    this.countOf(bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset < bytes.length; offset += ENTRY_BYTES) checkEntry(view, offset);
    const statistics = new LabelStatistics();
    // The bytes may not be aligned.
    statistics.addCounts(new Int32Array(Uint8Array.from(bytes).buffer));
    return statistics;
  }

  /** Reads the labels in bytes one by one, without building a table. @throws InvalidInputError if they are damaged */
  static *entriesOf(bytes: Uint8Array): Generator<LabelEntry> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset < bytes.length; offset += ENTRY_BYTES) {
      checkEntry(view, offset);
      const at = (field: number): Vec3 => vec3((axis) => view.getInt32(offset + field + 4 * axis, true));
      yield {
        id: view.getBigUint64(offset, true),
        voxels: voxelsAt(view, offset),
        box: { min: at(16), max: at(28) },
      };
    }
  }

  private addRow(labels: NarrowLabels, begin: number, end: number, x: number, y: number, z: number): void {
    for (let i = begin; i < end;) {
      const next = narrowRunEnd(labels, i, end);
      this.add((labels[i] ?? 0) | 0, 0, next - i, x + i - begin, y, z, x + next - begin, y + 1, z + 1);
      i = next;
    }
  }

  private addRowOfPairs(
    { doubles, words }: PairLabels,
    begin: number,
    end: number,
    x: number,
    y: number,
    z: number,
  ): void {
    for (let i = begin; i < end;) {
      const next = pairRunEnd(doubles, words, i, end);
      const low = words[2 * i] ?? 0;
      const high = words[2 * i + 1] ?? 0;
      this.add(low, high, next - i, x + i - begin, y, z, x + next - begin, y + 1, z + 1);
      i = next;
    }
  }

  private add(
    low: number,
    high: number,
    voxels: number,
    minX: number,
    minY: number,
    minZ: number,
    maxX: number,
    maxY: number,
    maxZ: number,
  ): void {
    const { records, slots } = this;
    const mask = slots.length - 1;
    let slot = hash(low, high) & mask;
    let label = (slots[slot] ?? 0) - 1;
    while (label >= 0 && (records[label * 8] !== low || records[label * 8 + 1] !== high)) {
      slot = (slot + 1) & mask;
      label = (slots[slot] ?? 0) - 1;
    }
    if (label < 0) {
      this.insert(slot, voxels, [low, high, minX, minY, minZ, maxX, maxY, maxZ]);
      return;
    }
    const { counts } = this;
    counts[label] = (counts[label] ?? 0) + voxels;
    const at = label * 8;
    if (minX < (records[at + 2] ?? 0)) records[at + 2] = minX;
    if (minY < (records[at + 3] ?? 0)) records[at + 3] = minY;
    if (minZ < (records[at + 4] ?? 0)) records[at + 4] = minZ;
    if (maxX > (records[at + 5] ?? 0)) records[at + 5] = maxX;
    if (maxY > (records[at + 6] ?? 0)) records[at + 6] = maxY;
    if (maxZ > (records[at + 7] ?? 0)) records[at + 7] = maxZ;
  }

  private insert(slot: number, voxels: number, record: readonly number[]): void {
    const label = this.labels++;
    this.slots[slot] = label + 1;
    this.records.set(record, label * 8);
    this.counts[label] = voxels;
    if (this.labels === this.counts.length) this.grow();
  }

  private grow(): void {
    const { records, counts } = this;
    const capacity = counts.length * 2;
    this.records = new Int32Array(capacity * 8);
    this.records.set(records);
    this.counts = new Float64Array(capacity);
    this.counts.set(counts);
    const slots = new Int32Array(capacity * 2);
    const mask = slots.length - 1;
    for (let label = 0; label < this.labels; label++) {
      let slot = hash(records[label * 8] ?? 0, records[label * 8 + 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = label + 1;
    }
    this.slots = slots;
  }

  /** Returns the labels' indices by ascending id. */
  private ascending(): Uint32Array {
    const words = new Uint32Array(this.records.buffer);
    const order = Uint32Array.from({ length: this.labels }, (_, label) => label);
    return order.sort(
      (a, b) =>
        (words[a * 8 + 1] ?? 0) - (words[b * 8 + 1] ?? 0) || (words[a * 8] ?? 0) - (words[b * 8] ?? 0),
    );
  }
}

function voxelsAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 8, true) + view.getUint32(offset + 12, true) * 2 ** 32;
}

/** @throws InvalidInputError if the entry is invalid, or its id isn't greater than the previous one */
function checkEntry(view: DataView, offset: number): void {
  const id = (at: number): string => String(view.getBigUint64(at, true));
  if (offset > 0 && !isBelow(view, offset - ENTRY_BYTES, offset)) {
    throw malformed(`id ${id(offset)} comes after ${id(offset - ENTRY_BYTES)}`);
  }
  const voxels = voxelsAt(view, offset);
  if (voxels < 1 || !Number.isSafeInteger(voxels))
    throw malformed(`label ${id(offset)} has ${voxels} voxels`);
  for (let i = 16; i < 28; i += 4) {
    if (view.getInt32(offset + i, true) < view.getInt32(offset + i + 12, true)) continue;
    throw malformed(`label ${id(offset)} has a box that is empty`);
  }
}

/** Reports whether the id at one offset is smaller than the id at the other. */
function isBelow(view: DataView, a: number, b: number): boolean {
  const [high, otherHigh] = [view.getUint32(a + 4, true), view.getUint32(b + 4, true)];
  return high === otherHigh ? view.getUint32(a, true) < view.getUint32(b, true) : high < otherHigh;
}

/** Mixes both words into all bits (constants and shifts of MurmurHash3's finaliser). */
function hash(low: number, high: number): number {
  let bits = low ^ Math.imul(high, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function malformed(what: string): InvalidInputError {
  return new InvalidInputError(`Label statistics are damaged: ${what}.`);
}
