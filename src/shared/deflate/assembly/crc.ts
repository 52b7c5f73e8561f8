/** The checksum of gzip members (RFC 1952, 8), calculated 16 bytes at a time. */

const POLYNOMIAL: u32 = 0xedb88320;
const SLICES: u32 = 16;

/** For each slice, 256 checksums: those of each byte value followed by `slice` zero bytes. */
const tables = memory.data(4 * 256 * 16);
let areTablesMade = false;

export function crc32(at: usize, length: u32): u32 {
  if (!areTablesMade) makeTables();
  let crc: u32 = 0xffffffff;
  for (; length >= SLICES; length -= SLICES, at += SLICES) {
    crc =
      fourSlices(load<u32>(at) ^ crc, 12) ^
      fourSlices(load<u32>(at, 4), 8) ^
      fourSlices(load<u32>(at, 8), 4) ^
      fourSlices(load<u32>(at, 12), 0);
  }
  for (; length > 0; length--, at++) crc = entry(0, (crc ^ load<u8>(at)) & 255) ^ (crc >>> 8);
  return ~crc;
}

/** Returns the contribution of four bytes, if `after` further bytes follow the last of them. */
function fourSlices(bytes: u32, after: u32): u32 {
  return (
    entry(after + 3, bytes & 255) ^
    entry(after + 2, (bytes >>> 8) & 255) ^
    entry(after + 1, (bytes >>> 16) & 255) ^
    entry(after, bytes >>> 24)
  );
}

function entry(slice: u32, byte: u32): u32 {
  return load<u32>(tables + (((slice << 8) + byte) << 2));
}

function makeTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) !== 0 ? POLYNOMIAL : 0);
    store<u32>(tables + (byte << 2), crc);
  }
  for (let i: u32 = 256; i < 256 * SLICES; i++) {
    const before = load<u32>(tables + ((i - 256) << 2));
    store<u32>(tables + (i << 2), entry(0, before & 255) ^ (before >>> 8));
  }
  areTablesMade = true;
}
