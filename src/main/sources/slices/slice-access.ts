import { ADDRESS_HEAD_BYTES, ADDRESS_PARALLEL } from './address-files';
import type { SliceFilesRef } from './slice-files';

/** What it takes to read files where they are. */
export interface SliceAccess {
  /** Files that may be open at the same time. */
  readonly openFiles: number;
  /** Files of which something may be read at the same time. */
  readonly filesAtOnce: number;
  /** What open files hold together, in bytes. */
  readonly heldBytes: number;
  /** Slices that are decoded as a whole, one after the other; 0 where parts of them are. */
  readonly wholeSlices: number;
  /** Slices that a thread reads at once, where that is worth more than a few. */
  readonly slicesAtOnce?: number;
}

/** As many slices as two blocks usually have, few enough for every system. */
const IN_PLACE: SliceAccess = { openFiles: 128, filesAtOnce: 32, heldBytes: 0, wholeSlices: 0 };
/** A file that is open is one that was begun to be read. */
const AT_ADDRESS: SliceAccess = {
  openFiles: 256,
  filesAtOnce: ADDRESS_PARALLEL,
  heldBytes: 256 * ADDRESS_HEAD_BYTES,
  wholeSlices: 0,
  slicesAtOnce: 16,
};
/** Of a stream that is unpacked as it is read. */
const STREAM_BYTES = 2 << 20;

export function accessTo(ref: SliceFilesRef): SliceAccess {
  if (ref.kind === 'folder') return IN_PLACE;
  if (ref.kind === 'address') return AT_ADDRESS;
  const { bytes, entries } = ref;
  if (bytes.kind === 'deflate') {
    const average = entries.reduce((sum, { rawBytes }) => sum + rawBytes, 0) / Math.max(1, entries.length);
    const wholeSlices = Math.ceil(bytes.index.spanBytes / Math.max(1, average));
    return { openFiles: 1, filesAtOnce: 1, heldBytes: STREAM_BYTES, wholeSlices };
  }
  const packed = entries.filter(({ crc }) => crc !== null);
  if (packed.length === 0) return IN_PLACE;
  const largest = packed.reduce(
    (most, { packedBytes, rawBytes }) => Math.max(most, packedBytes + rawBytes),
    0,
  );
  // One is kept while the next is unpacked.
  return { openFiles: 1, filesAtOnce: 1, heldBytes: 2 * largest, wholeSlices: 1 };
}

/** Names with their places in the list, in the order in which the files are read fastest. */
export function inReadingOrder(
  ref: SliceFilesRef,
  names: readonly string[],
): [index: number, name: string][] {
  const numbered = [...names.entries()];
  if (ref.kind !== 'archive') return numbered;
  const offsets = new Map(ref.entries.map(({ name, offset }) => [name, offset]));
  return numbered.sort(([, a], [, b]) => (offsets.get(a) ?? 0) - (offsets.get(b) ?? 0));
}
