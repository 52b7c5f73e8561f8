import { keptFiles } from '../../base/kept-files';
import { ADDRESS_HEAD_BYTES, ADDRESS_PARALLEL } from './address-files';
import type { SliceFilesRef } from './slice-files';

/** The limits and costs of reading files at the place where they are. */
export interface SliceAccess {
  /** The most files that a thread keeps open, in addition to those that it reads. */
  readonly openFiles: number;
  /** The most files that may be read at the same time. */
  readonly filesAtOnce: number;
  /** The memory that all open files hold together, in bytes. */
  readonly heldBytes: number;
  /** The number of whole slices that are best read one after the other; 0 if parts of slices are read. */
  readonly wholeSlices: number;
  /** The most slices that a thread reads at once, if more than the usual few are worth it. */
  readonly slicesAtOnce?: number;
}

/** Returns the limits for local files. */
const inPlace = (): SliceAccess => ({
  openFiles: keptFiles(),
  filesAtOnce: 32,
  heldBytes: 0,
  wholeSlices: 0,
});
/** The limits for files at an address. Each open file holds its first bytes. */
const AT_ADDRESS: SliceAccess = {
  openFiles: 256,
  filesAtOnce: ADDRESS_PARALLEL,
  heldBytes: 256 * ADDRESS_HEAD_BYTES,
  wholeSlices: 0,
  slicesAtOnce: 16,
};
/** The memory that a stream needs while it is decompressed. */
const STREAM_BYTES = 2 << 20;

export function accessTo(ref: SliceFilesRef): SliceAccess {
  if (ref.kind === 'folder') return inPlace();
  if (ref.kind === 'address') return AT_ADDRESS;
  const { bytes, entries } = ref;
  if (bytes.kind === 'deflate') {
    const average = entries.reduce((sum, { rawBytes }) => sum + rawBytes, 0) / Math.max(1, entries.length);
    const wholeSlices = Math.ceil(bytes.index.spanBytes / Math.max(1, average));
    return { openFiles: 1, filesAtOnce: 1, heldBytes: STREAM_BYTES, wholeSlices };
  }
  const packed = entries.filter(({ crc }) => crc !== null);
  if (packed.length === 0) return inPlace();
  const largest = packed.reduce(
    (most, { packedBytes, rawBytes }) => Math.max(most, packedBytes + rawBytes),
    0,
  );
  // One file is kept while the next one is unpacked.
  return { openFiles: 1, filesAtOnce: 1, heldBytes: 2 * largest, wholeSlices: 1 };
}

/** Returns the names with their indexes in `names`, in the order in which reading the files is fastest. */
export function inReadingOrder(
  ref: SliceFilesRef,
  names: readonly string[],
): [index: number, name: string][] {
  const numbered = [...names.entries()];
  if (ref.kind !== 'archive') return numbered;
  const offsets = new Map(ref.entries.map(({ name, offset }) => [name, offset]));
  return numbered.sort(([, a], [, b]) => (offsets.get(a) ?? 0) - (offsets.get(b) ?? 0));
}
