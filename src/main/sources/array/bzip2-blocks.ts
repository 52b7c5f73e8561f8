/**
 * Unpacks bzip2 data block by block, so that unpacking can begin at any block.
 *
 * A stream begins with `BZh` and a digit. Blocks follow without any alignment: a mark of 48 bits, the block's checksum (32
 * bits), and its packed data. Behind the last block there are another mark and the stream's checksum, filled up to a whole byte. A file may
 * hold several streams. Most significant bits come first.
 *
 * Source: https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf
 */
import type Bzip2 from '@foxglove/wasm-bz2';
import { InvalidInputError } from '../../../shared/base/errors';
import { bzip2Decoder } from '../../places/bzip2';
import type { Pieces } from './piece-bytes';
import type { FileBytes } from './random-bytes';

const BLOCK = 0x3141_5926_5359;
const STREAM_END = 0x1772_4538_5090;
const MARK_BITS = 48;
const CRC_BITS = 32;
/** What most blocks unpack to, and what a block can unpack to if it consists of runs: 255 for every 5 of 900,000 bytes. */
const RAW_BYTES = [1_000_000, 45_900_000] as const;
const WINDOW_BYTES = 1 << 16;
const STREAM_HEADER = Buffer.from('BZh9');

/**
 * Unpacks a file from a block on, whose position is in bits.
 * @throws InvalidInputError if a block is damaged or cut off
 */
export const bzip2Blocks: Pieces = async function* (file, from) {
  const bzip2 = await bzip2Decoder();
  let start = await markFrom(file, from);
  while (start !== undefined) {
    const end = await markFrom(file, start.bit + MARK_BITS);
    if (end === undefined && start.mark === BLOCK) throw damaged(file.file.path, start.bit, 'is cut off');
    if (start.mark === BLOCK && end !== undefined) {
      const bytes = unpackBlock(bzip2, await blockAsStream(file, start.bit, end.bit));
      if (bytes === undefined) throw damaged(file.file.path, start.bit, "can't be unpacked");
      yield { bytes, next: end.bit };
    }
    start = end;
  }
};

/** A pattern of bits in the file that begins a block or ends a stream. */
interface Mark {
  readonly bit: number;
  readonly mark: number;
}

/** Finds the first mark at or behind a position. */
async function markFrom(file: FileBytes, fromBit: number): Promise<Mark | undefined> {
  const { sizeBytes } = file.file;
  for (let at = Math.floor(fromBit / 8); at < sizeBytes; at += WINDOW_BYTES) {
    // The next part begins with the bytes in which a mark of this one may end.
    const bytes = new Uint8Array(Math.min(WINDOW_BYTES + MARK_BITS / 8, sizeBytes - at));
    await file.read(at, bytes);
    const found = findMark(bytes, fromBit - at * 8);
    if (found !== undefined) return { ...found, bit: found.bit + at * 8 };
  }
  return undefined;
}

function findMark(bytes: Uint8Array, fromBit: number): Mark | undefined {
  let high = 0;
  let low = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    high = ((high << 1) | (low >>> 23)) & 0xff_ffff;
    low = ((low << 1) | (((bytes[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1)) & 0xff_ffff;
    if (high !== 0x31_4159 && high !== 0x17_7245) continue;
    const mark = high * 0x100_0000 + low;
    const start = bit + 1 - MARK_BITS;
    if ((mark === BLOCK || mark === STREAM_END) && start >= Math.max(0, fromBit)) return { bit: start, mark };
  }
  return undefined;
}

/** Returns a stream that holds a single block. Its checksum is that of the block. */
async function blockAsStream(file: FileBytes, startBit: number, endBit: number): Promise<Uint8Array> {
  const start = Math.floor(startBit / 8);
  const bytes = new Uint8Array(Math.ceil(endBit / 8) - start);
  await file.read(start, bytes);
  const block = bitsOf(bytes, startBit - start * 8, endBit - start * 8);
  const bits = endBit - startBit;
  const crc = Buffer.from(block.subarray(MARK_BITS / 8, (MARK_BITS + CRC_BITS) / 8));
  const tail = Buffer.concat([Buffer.from(STREAM_END.toString(16).padStart(12, '0'), 'hex'), crc]);
  const shift = bits % 8;
  const body = Buffer.alloc(Math.ceil((bits + tail.length * 8) / 8));
  body.set(block);
  for (const [i, byte] of tail.entries()) {
    const at = Math.floor(bits / 8) + i;
    body[at] = (body[at] ?? 0) | (byte >>> shift);
    if (shift > 0) body[at + 1] = (byte << (8 - shift)) & 0xff;
  }
  return Buffer.concat([STREAM_HEADER, body]);
}

/** Returns the bits of a range, moved to the beginning of a byte and filled up with zeros. */
function bitsOf(bytes: Uint8Array, startBit: number, endBit: number): Uint8Array {
  const shift = startBit % 8;
  const first = Math.floor(startBit / 8);
  const bits = Uint8Array.from({ length: Math.ceil((endBit - startBit) / 8) }, (_, i) => {
    const at = first + i;
    return ((bytes[at] ?? 0) << shift) | ((bytes[at + 1] ?? 0) >>> (8 - shift));
  });
  const rest = (endBit - startBit) % 8;
  if (rest > 0) bits[bits.length - 1] = (bits.at(-1) ?? 0) & (0xff << (8 - rest));
  return bits;
}

function unpackBlock(bzip2: Bzip2, stream: Uint8Array): Uint8Array | undefined {
  for (const most of RAW_BYTES) {
    try {
      return Uint8Array.from(bzip2.decompress(stream, most));
    } catch {
      // The block may be longer than most are.
    }
  }
  return undefined;
}

function damaged(path: string, bit: number, what: string): InvalidInputError {
  return new InvalidInputError(`${path}: the block of bzip2 data at byte ${Math.floor(bit / 8)} ${what}.`, {
    remedy: 'The file is cut off or damaged: copy it again from the original.',
  });
}
