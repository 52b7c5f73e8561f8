/** Unpacks zlib streams (RFC 1950) that are completely in memory and whose unpacked length is known. */
import { inflateSync } from 'node:zlib';
import { inflateTwoZlib, inflateZlib, inflateZlibTo } from '../../../shared/deflate/inflate';
import type { PackedMember } from '../../places/unpack-gzip';
import { unpackOptions } from '../../places/unpack-options';

/**
 * Unpacks a zlib stream to at most `mostBytes`, in the room if it fills that, otherwise in memory of its own.
 * @throws InvalidInputError or an error of zlib if the data is damaged, cut off or larger
 */
export function unpackZlib({ packed, room }: PackedMember, mostBytes: number): Uint8Array {
  if (room !== undefined && inflateZlibTo(room, packed)) return room;
  const bytes = inflateZlib(packed, mostBytes);
  return new Uint8Array(bytes ?? inflateSync(packed, unpackOptions(packed, mostBytes)));
}

/**
 * Unpacks two zlib streams in turns, each to exactly `lengthBytes`. The results are in the rooms, if both are given,
 * have that length and lie in one memory that kernels work in; otherwise in memory of their own.
 * @returns undefined if that wasn't possible, or if one isn't sound; {@link unpackZlib} says what is wrong
 */
export function unpackTwoZlib(
  first: PackedMember,
  second: PackedMember,
  lengthBytes: number,
): readonly [Uint8Array, Uint8Array] | undefined {
  const roomOf = ({ room }: PackedMember) => (room?.length === lengthBytes ? room : undefined);
  const [one, two] = [roomOf(first), roomOf(second)];
  const both = inflateTwoZlib(
    { stream: first.packed, lengthBytes, destination: one },
    { stream: second.packed, lengthBytes, destination: two },
  );
  if (both === undefined) return undefined;
  // The next call uses the kernel's own memory again.
  const kept = (bytes: Uint8Array, room: Uint8Array | undefined) =>
    room !== undefined && bytes.buffer === room.buffer ? room : new Uint8Array(bytes);
  return [kept(both[0], one), kept(both[1], two)];
}
