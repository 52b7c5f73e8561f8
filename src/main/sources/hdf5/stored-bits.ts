/**
 * Finds out which bits the integers of a dataset occupy in their bytes, from its object header. The WebAssembly build
 * of the HDF5 library doesn't report this, and returns the bytes as they are stored.
 *
 * Source: HDF5 File Format Specification Version 3.0, II.A (superblock), IV.A.1 (object headers), IV.A.2.d (datatype
 * message), IV.A.2.q (continuation), https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { StoredBits } from './hdf5-questions';
import { INTEGER } from './hdf5-types';

/** Reads bytes of a file from a position on, fewer if the file ends. */
type ReadAt = (position: number, length: number) => Buffer;

interface Message {
  readonly type: number;
  readonly isShared: boolean;
  readonly body: Buffer;
}

export const HDF5_SIGNATURE = '\x89HDF\r\n\x1a\n';
/** The signature may come after a user block of 512 bytes, or of 512 times a power of two. MATLAB writes 512 bytes. */
export const HDF5_SIGNATURE_PLACES = [0, ...Array.from({ length: 8 }, (_, power) => 512 << power)];
const DATATYPE = 0x03;
const CONTINUATION = 0x10;
/** A header may continue in a few other places. A damaged one might continue forever. */
const MOST_PARTS = 1000;

/**
 * Reads which bits the integers of a dataset occupy.
 * @param address the address of the dataset's object header, as in an object reference
 * @returns undefined if the elements aren't integers, or if there is no such header
 */
export function storedBitsIn(path: string, address: number): StoredBits | undefined {
  const file = openSync(path, 'r');
  try {
    return storedBitsAt((position, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, position));
    }, address);
  } finally {
    closeSync(file);
  }
}

function storedBitsAt(read: ReadAt, address: number): StoredBits | undefined {
  const base = HDF5_SIGNATURE_PLACES.find((at) => read(at, 8).toString('latin1') === HDF5_SIGNATURE);
  if (base === undefined) return undefined;
  const superblock = read(base, 16);
  const addressBytes = superblock.readUInt8((superblock[8] ?? 0) < 2 ? 13 : 9);
  const readFromBase: ReadAt = (position, length) => read(base + position, length);
  const datatype = datatypeAt(readFromBase, addressBytes, address);
  if (datatype === undefined || datatype.length < 12) return undefined;
  // The lower four bits of the first byte are the class of the type.
  if (((datatype[0] ?? 0) & 15) !== INTEGER) return undefined;
  return { offset: datatype.readUInt16LE(8), precision: datatype.readUInt16LE(10) };
}

function datatypeAt(read: ReadAt, addressBytes: number, address: number): Buffer | undefined {
  for (const { type, isShared, body } of messagesAt(read, addressBytes, address)) {
    if (type !== DATATYPE) continue;
    if (!isShared) return body;
    // A named type has its own header. Version 1 of a shared message pads the fields before its address to 8 bytes.
    const named = body.readUIntLE(body[0] === 1 ? 8 : 2, Math.min(6, addressBytes));
    return named === address ? undefined : datatypeAt(read, addressBytes, named);
  }
  return undefined;
}

function* messagesAt(read: ReadAt, addressBytes: number, address: number): Generator<Message> {
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
      if (message.type !== CONTINUATION || message.body.length < 2 * addressBytes) continue;
      const size = Math.min(6, addressBytes);
      const at = message.body.readUIntLE(0, size);
      const length = message.body.readUIntLE(addressBytes, size);
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
