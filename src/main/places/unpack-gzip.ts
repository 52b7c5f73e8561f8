/** Unpacks gzip members (RFC 1952) that are completely in memory. */
import { crc32, gunzipSync } from 'node:zlib';
import { inflateBare, inflateBareTo, inflateTwoBare, type Unpacking } from '../../shared/deflate/inflate';
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
 * Unpacks a gzip member to `destination`, if that lies in memory that kernels work in.
 * @returns false if that wasn't possible, or if the member isn't sound or has another length. The destination may then hold
 *   any bytes, and {@link unpackGzip} says what is wrong.
 */
export function unpackGzipTo(destination: Uint8Array, packed: Uint8Array): boolean {
  const data = deflatedIn(packed, destination.length);
  return data !== undefined && inflateBareTo(destination, data.stream) && isSound(packed, destination);
}

/** A gzip member, and memory for its content if that saves a copy. */
export interface PackedMember {
  readonly packed: Uint8Array;
  readonly room?: Uint8Array | undefined;
}

/**
 * Unpacks two gzip members in turns, which takes less time than one after the other. The results are in the rooms, if
 * both are given, have their lengths and lie in one memory that kernels work in; otherwise in memory of their own.
 * @returns undefined if that wasn't possible, or if one isn't sound; {@link unpackGzip} says what is wrong
 */
export function unpackTwoGzip(
  first: PackedMember,
  second: PackedMember,
  mostBytes: number,
): readonly [Uint8Array, Uint8Array] | undefined {
  const one = deflatedIn(first.packed, mostBytes, first.room);
  const two = deflatedIn(second.packed, mostBytes, second.room);
  const both = one && two && inflateTwoBare(one, two);
  if (one === undefined || two === undefined || both === undefined) return undefined;
  if (!isSound(first.packed, both[0]) || !isSound(second.packed, both[1])) return undefined;
  return [kept(both[0], one), kept(both[1], two)];
}

/** Returns the destination if it holds the bytes, otherwise a copy, as the next call uses their memory again. */
function kept(bytes: Uint8Array, { destination }: Unpacking): Uint8Array {
  return bytes.buffer === destination?.buffer ? destination : new Uint8Array(bytes);
}

/** Returns the deflate data of a member, if it has one that the kernel may unpack. */
function deflatedIn(packed: Uint8Array, mostBytes: number, room?: Uint8Array): Unpacking | undefined {
  const start = gzipHeaderLength(packed);
  const end = packed.length - TRAILER_BYTES;
  if (start === undefined || end < start || end > MOST_KERNEL_BYTES) return undefined;
  const lengthBytes = trailerOf(packed).getUint32(4, true);
  if (lengthBytes > Math.min(mostBytes, MOST_KERNEL_BYTES)) return undefined;
  const destination = room?.length === lengthBytes ? room : undefined;
  return { stream: packed.subarray(start, end), lengthBytes, destination };
}

/** Reports whether a member's trailer is that of the bytes. If several members follow each other, it isn't. */
function isSound(packed: Uint8Array, bytes: Uint8Array): boolean {
  const trailer = trailerOf(packed);
  return trailer.getUint32(0, true) === crc32(bytes) && trailer.getUint32(4, true) === bytes.length;
}

function trailerOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset + length - TRAILER_BYTES, TRAILER_BYTES);
}
