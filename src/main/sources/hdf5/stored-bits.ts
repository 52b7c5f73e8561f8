/**
 * Finds out which bits the integers of a dataset occupy in their bytes, from its object header. The WebAssembly build
 * of the HDF5 library doesn't report this, and returns the bytes as they are stored.
 *
 * Source: HDF5 File Format Specification Version 3.0, IV.A.2.d (datatype message)
 */
import type { StoredBits } from './hdf5-questions';
import { INTEGER } from './hdf5-types';
import { withObjectHeaders, type ObjectHeaders } from './object-header';

const DATATYPE = 0x03;

/**
 * Reads which bits the integers of a dataset occupy.
 * @param address the address of the dataset's object header, as in an object reference
 * @returns undefined if the elements aren't integers, or if there is no such header
 */
export function storedBitsIn(path: string, address: number): StoredBits | undefined {
  const datatype = withObjectHeaders(path, (headers) => datatypeAt(headers, address));
  if (datatype === undefined || datatype.length < 12) return undefined;
  // The lower four bits of the first byte are the class of the type.
  if (((datatype[0] ?? 0) & 15) !== INTEGER) return undefined;
  return { offset: datatype.readUInt16LE(8), precision: datatype.readUInt16LE(10) };
}

function datatypeAt(headers: ObjectHeaders, address: number): Buffer | undefined {
  for (const { type, isShared, body } of headers.messagesAt(address)) {
    if (type !== DATATYPE) continue;
    if (!isShared) return body;
    // A named type has its own header. Version 1 of a shared message pads the fields before its address to 8 bytes.
    const named = body.readUIntLE(body[0] === 1 ? 8 : 2, Math.min(6, headers.addressBytes));
    return named === address ? undefined : datatypeAt(headers, named);
  }
  return undefined;
}
