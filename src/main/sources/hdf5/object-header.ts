/**
 * Reads the messages in the headers of an HDF5 file's objects, for what the WebAssembly build of the library doesn't
 * report. Addresses count from the superblock, which may come after a user block.
 *
 * Source: HDF5 File Format Specification Version 3.0, II.A (superblock), IV.A.1 (object headers), IV.A.2.q
 * (continuation), https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Reads bytes of a file from a position on, fewer if the file ends. */
type ReadAt = (position: number, length: number) => Buffer;

export interface Message {
  readonly type: number;
  readonly isShared: boolean;
  readonly body: Buffer;
}

/** The headers of a file's objects. */
export interface ObjectHeaders {
  /** The position of the superblock in the file, from which addresses count. */
  readonly base: number;
  readonly addressBytes: number;
  /** The bytes of a length in the file. */
  readonly lengthBytes: number;
  /** Yields the messages of the header at an address; none if there is no header. */
  messagesAt(address: number): Generator<Message>;
}

export const HDF5_SIGNATURE = '\x89HDF\r\n\x1a\n';
/** The signature may come after a user block of 512 bytes, or of 512 times a power of two. MATLAB writes 512 bytes. */
export const HDF5_SIGNATURE_PLACES = [0, ...Array.from({ length: 8 }, (_, power) => 512 << power)];
const CONTINUATION = 0x10;
/** A header may continue in a few other places. A damaged one might continue forever. */
const MOST_PARTS = 1000;

/** Returns what `work` gives for the headers of a file, or undefined if the file has no superblock. */
export function withObjectHeaders<T>(path: string, work: (headers: ObjectHeaders) => T): T | undefined {
  const file = openSync(path, 'r');
  try {
    const read: ReadAt = (position, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, position));
    };
    const base = HDF5_SIGNATURE_PLACES.find((at) => read(at, 8).toString('latin1') === HDF5_SIGNATURE);
    if (base === undefined) return undefined;
    const superblock = read(base, 16);
    const sizesAt = (superblock[8] ?? 0) < 2 ? 13 : 9;
    const [addressBytes, lengthBytes] = [superblock.readUInt8(sizesAt), superblock.readUInt8(sizesAt + 1)];
    const readFromBase: ReadAt = (position, length) => read(base + position, length);
    return work({
      base,
      addressBytes,
      lengthBytes,
      messagesAt: (address) => messagesAt(readFromBase, addressBytes, lengthBytes, address),
    });
  } finally {
    closeSync(file);
  }
}

/** Returns an address or a length in bytes, or undefined if all of its bits are set, which means that there is none. */
export function addressIn(bytes: Buffer, at: number, addressBytes: number): number | undefined {
  const isNone = bytes.subarray(at, at + addressBytes).every((byte) => byte === 255);
  // Numbers are exact up to 6 bytes, and no file is larger.
  return isNone ? undefined : bytes.readUIntLE(at, Math.min(6, addressBytes));
}

function* messagesAt(
  read: ReadAt,
  addressBytes: number,
  lengthBytes: number,
  address: number,
): Generator<Message> {
  const start = read(address, 64);
  if (start.length < 16) return;
  const isNew = start.toString('latin1', 0, 4) === 'OHDR';
  if (!isNew && start[0] !== 1) return;
  const first = isNew ? newStart(start) : { at: 16, length: start.readUInt32LE(8) };
  // In version 2 each message may have a field with the order of its creation.
  const prefixBytes = !isNew ? 8 : ((start[5] ?? 0) & 4) === 0 ? 4 : 6;
  const parts = [{ at: address + first.at, length: first.length }];
  for (let i = 0; i < parts.length && i < MOST_PARTS; i++) {
    const part = parts[i];
    if (part === undefined) return;
    for (const message of messagesIn(read(part.at, part.length), prefixBytes)) {
      yield message;
      if (message.type !== CONTINUATION || message.body.length < addressBytes + lengthBytes) continue;
      const at = message.body.readUIntLE(0, Math.min(6, addressBytes));
      const length = message.body.readUIntLE(addressBytes, Math.min(6, lengthBytes));
      // In version 2 the messages lie between a signature and a checksum.
      parts.push(isNew ? { at: at + 4, length: length - 8 } : { at, length });
    }
  }
}

/** Returns where the messages of a version 2 header begin, relative to the header, and their length in bytes. */
function newStart(start: Buffer): { readonly at: number; readonly length: number } {
  const flags = start[5] ?? 0;
  const at = 6 + ((flags & 32) === 0 ? 0 : 16) + ((flags & 16) === 0 ? 0 : 4);
  const sizeBytes = 1 << (flags & 3);
  return { at: at + sizeBytes, length: start.readUIntLE(at, Math.min(6, sizeBytes)) };
}

function* messagesIn(part: Buffer, prefixBytes: number): Generator<Message> {
  const isNew = prefixBytes !== 8;
  for (let at = 0; at + prefixBytes <= part.length;) {
    const type = isNew ? part.readUInt8(at) : part.readUInt16LE(at);
    const length = part.readUInt16LE(at + (isNew ? 1 : 2));
    const flags = part.readUInt8(at + (isNew ? 3 : 4));
    const body = part.subarray(at + prefixBytes, at + prefixBytes + length);
    yield { type, isShared: (flags & 2) !== 0, body };
    at += prefixBytes + length;
  }
}
