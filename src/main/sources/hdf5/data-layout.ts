/**
 * Finds out where a dataset's voxels are in its file, from the layout message in its object header. It begins with
 * the version, then, by version:
 *
 * - 1, 2: number of axes, class, 5 bytes that are 0, the address
 * - 3: class, then for chunks the number of axes; the address
 * - 4, and 5 of HDF5 2.0: class, then for chunks flags, number of axes n, bytes of an edge b, n · b bytes of edges, the kind of their index,
 *   and what belongs to that kind; the address
 *
 * The classes are 0 compact (the voxels are in the header, without an address), 1 contiguous, 2 chunked, 3 virtual. The
 * number of axes has one more than the dataset.
 *
 * Source: HDF5 File Format Specification Version 3.0, IV.A.2.h (external data files), IV.A.2.i (data layout)
 */
import type { StoredPlace } from './hdf5-questions';
import { addressIn, withObjectHeaders, type Message } from './object-header';

const EXTERNAL_FILES = 0x07;
const LAYOUT = 0x08;
const CONTIGUOUS = 1;
const CHUNKED = 2;
/** How many bytes belong to each kind of chunk index since version 4, if no single chunk is filtered. */
const INDEX_BYTES: Readonly<Record<number, number>> = { 1: 0, 2: 0, 3: 1, 4: 5, 5: 6 };
const SINGLE_CHUNK = 1;
const IS_FILTERED = 2;

/**
 * Returns where the voxels of a dataset are, or undefined if its header doesn't tell.
 * @param address the address of the dataset's object header, as in an object reference
 */
export function storedPlaceIn(path: string, address: number): StoredPlace | undefined {
  return withObjectHeaders(path, ({ base, addressBytes, lengthBytes, messagesAt }) => {
    const messages = [...messagesAt(address)];
    const layout = messages.find(({ type }) => type === LAYOUT);
    const voxels = layout && placeOfAddress(layout, addressBytes, lengthBytes);
    const isElsewhere = messages.some(({ type }) => type === EXTERNAL_FILES);
    if (voxels === undefined || isElsewhere) return undefined;
    const start = addressIn(voxels.body, voxels.at, addressBytes);
    const chunkTree = voxels.isTree && start !== undefined ? { base, addressBytes, root: start } : null;
    return { isAllocated: start !== undefined, chunkTree };
  });
}

/** Returns where the message has an address, and whether it is that of a B-tree of version 1. */
function placeOfAddress(
  { body, isShared }: Message,
  addressBytes: number,
  lengthBytes: number,
): { readonly body: Buffer; readonly at: number; readonly isTree: boolean } | undefined {
  const [version = 0, second = 0, third = 0, fourth = 0] = body;
  const found = (at: number, isTree: boolean) =>
    at + addressBytes <= body.length ? { body, at, isTree } : undefined;
  if (isShared || version === 0 || version > 5) return undefined;
  if (version <= 2)
    return third === CONTIGUOUS || third === CHUNKED ? found(8, third === CHUNKED) : undefined;
  if (second === CONTIGUOUS) return found(2, false);
  if (second !== CHUNKED) return undefined;
  if (version === 3) return found(3, true);
  const indexAt = 5 + fourth * (body[4] ?? 0);
  const kind = body[indexAt] ?? 0;
  // The only chunk's length in the file, and the filters that were left out.
  const own = kind === SINGLE_CHUNK && (third & IS_FILTERED) !== 0 ? lengthBytes + 4 : INDEX_BYTES[kind];
  return own === undefined ? undefined : found(indexAt + 1 + own, false);
}
