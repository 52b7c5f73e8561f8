/**
 * The header of a gzip member (RFC 1952) is 1f 8b, 8 for deflate, the flags, 4 bytes for the time and 2 more bytes.
 * Depending on the flags, it is followed by an extra field (with a 16-bit length first), a name and a comment (each
 * ended by 0), and a 16-bit checksum. The other flags are 0 in all valid members.
 */
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const CHECKSUM = 2;
const RESERVED = 0xe0;

/** Returns the length of the header in bytes, or undefined if the bytes don't begin with a complete header. */
export function gzipHeaderLength(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return undefined;
  const flags = bytes[3] ?? 0;
  if (flags & RESERVED) return undefined;
  let length = 10;
  if (flags & EXTRA) length += 2 + (bytes[length] ?? 0) + 256 * (bytes[length + 1] ?? 0);
  for (const text of [NAME, COMMENT]) {
    if (!(flags & text)) continue;
    const end = bytes.indexOf(0, length);
    if (end < 0) return undefined;
    length = end + 1;
  }
  if (flags & CHECKSUM) length += 2;
  return length <= bytes.length ? length : undefined;
}
