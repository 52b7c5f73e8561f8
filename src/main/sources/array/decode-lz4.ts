import { requireSize } from './decode-blosc';

const SIZE_BYTES = 4;

/**
 * Unpacks LZ4 data as numcodecs writes it: the unpacked size in 4 bytes, little endian, followed by an LZ4 block.
 * @throws if it is damaged, or unpacks to more than `mostBytes`
 */
export async function decodeLz4(bytes: Uint8Array, mostBytes: number): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  requireSize(bytes.length < SIZE_BYTES ? 0 : view.getUint32(0, true), mostBytes);
  const { default: Lz4 } = await import('numcodecs/lz4');
  return Lz4.fromConfig({ id: 'lz4' }).decode(bytes);
}

/** Unpacks an LZ4 block whose unpacked size is known. @throws if it is damaged */
export function decodeLz4Block(block: Uint8Array, sizeBytes: number): Promise<Uint8Array> {
  const sized = new Uint8Array(SIZE_BYTES + block.length);
  new DataView(sized.buffer).setUint32(0, sizeBytes, true);
  sized.set(block, SIZE_BYTES);
  return decodeLz4(sized, sizeBytes);
}

/** Before each block of lz4-java's streams: a mark, the method, packed size, unpacked size and checksum, little endian. */
const JAVA_MARK = Buffer.from('LZ4Block');
const JAVA_HEADER_BYTES = 21;
const METHOD_AT = 8;
const JAVA_RAW = 0x10;
const JAVA_LZ4 = 0x20;

/**
 * Unpacks the LZ4 data of N5: a stream of blocks as lz4-java's LZ4BlockOutputStream writes it, or one bare block, as z5py
 * writes it.
 * @param sizeBytes the unpacked size, which a bare block doesn't state
 * @throws if it is damaged, or unpacks to more than `mostBytes`
 */
export async function decodeN5Lz4(
  bytes: Uint8Array,
  mostBytes: number,
  sizeBytes: number,
): Promise<Uint8Array> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const begins = (at: number) => data.subarray(at, at + JAVA_MARK.length).equals(JAVA_MARK);
  if (!begins(0)) return decodeLz4Block(bytes, sizeBytes);
  const parts: Uint8Array[] = [];
  let [at, length] = [0, 0];
  while (begins(at) && at + JAVA_HEADER_BYTES <= data.length) {
    const method = data.readUInt8(at + METHOD_AT) & 0xf0;
    const packed = data.readUInt32LE(at + METHOD_AT + 1);
    const unpacked = data.readUInt32LE(at + METHOD_AT + 5);
    at += JAVA_HEADER_BYTES;
    if (unpacked === 0) break;
    requireSize((length += unpacked), mostBytes);
    if (at + packed > data.length || (method !== JAVA_RAW && method !== JAVA_LZ4)) break;
    const block = data.subarray(at, at + packed);
    parts.push(method === JAVA_RAW ? block : await decodeLz4Block(block, unpacked));
    at += packed;
  }
  return Buffer.concat(parts);
}
