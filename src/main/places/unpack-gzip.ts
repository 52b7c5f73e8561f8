/** Unpacks gzip members (RFC 1952) that are completely in memory. */
import { crc32, gunzipSync } from 'node:zlib';
import { inflateBare, inflateTwoBare, type Unpacking } from '../../shared/deflate/inflate';
import { gzipHeaderLength } from './gzip-header';
import { unpackOptions } from './unpack-options';

/** A checksum and the unpacked length modulo 2^32, 4 bytes each, follow the deflate data. */
const TRAILER_BYTES = 8;
/** The kernel's memory stays allocated. The length that a member states may be any, and other members may precede it. */
const MOST_KERNEL_BYTES = 2 ** 24;

/**
 * Unpacks gzip data to at most `mostBytes`, in memory of its own.
 * @throws an error of zlib if the data is damaged, cut off or larger
 */
export function unpackGzip(packed: Uint8Array, mostBytes: number): Uint8Array<ArrayBuffer> {
  const data = deflatedIn(packed, mostBytes);
  const bytes = data && inflateBare(data.stream, data.lengthBytes);
  if (bytes !== undefined && isSound(packed, bytes)) return new Uint8Array(bytes);
  return new Uint8Array(gunzipSync(packed, unpackOptions(packed, mostBytes)));
}

/**
 * Unpacks two gzip members in turns, which takes less time than one after the other.
 * @returns undefined if that wasn't possible, or if one isn't sound; {@link unpackGzip} says what is wrong
 */
export function unpackTwoGzip(
  first: Uint8Array,
  second: Uint8Array,
  mostBytes: number,
): readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] | undefined {
  const [one, two] = [deflatedIn(first, mostBytes), deflatedIn(second, mostBytes)];
  const both = one && two && inflateTwoBare(one, two);
  if (both === undefined || !isSound(first, both[0]) || !isSound(second, both[1])) return undefined;
  return [new Uint8Array(both[0]), new Uint8Array(both[1])];
}

/** Returns the deflate data of a member, if it has one that the kernel may unpack. */
function deflatedIn(packed: Uint8Array, mostBytes: number): Unpacking | undefined {
  const start = gzipHeaderLength(packed);
  const end = packed.length - TRAILER_BYTES;
  if (start === undefined || end < start || end > MOST_KERNEL_BYTES) return undefined;
  const lengthBytes = trailerOf(packed).getUint32(4, true);
  if (lengthBytes > Math.min(mostBytes, MOST_KERNEL_BYTES)) return undefined;
  return { stream: packed.subarray(start, end), lengthBytes };
}

/** Reports whether a member's trailer is that of the bytes. Where several members follow each other, it isn't. */
function isSound(packed: Uint8Array, bytes: Uint8Array): boolean {
  const trailer = trailerOf(packed);
  return trailer.getUint32(0, true) === crc32(bytes) && trailer.getUint32(4, true) === bytes.length;
}

function trailerOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset + length - TRAILER_BYTES, TRAILER_BYTES);
}
