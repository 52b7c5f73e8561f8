/**
 * Unpacks Snappy data without frames. It begins with the unpacked length, seven bits a byte, the lowest first. Elements
 * follow, whose kind is in the lowest two bits of their first byte: literals (0), and copies of bytes before, whose offset
 * has 11 bits (1), two bytes (2) or four bytes (3).
 *
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */
import { InvalidInputError } from '../../../shared/base/errors';

const LITERAL = 0;

/** @throws InvalidInputError if the data is damaged or doesn't unpack to `lengthBytes` */
export function decodeSnappy(packed: Uint8Array, lengthBytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(lengthBytes);
  let at = 0;
  let done = 0;
  const little = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += (packed[at++] ?? 0) * 256 ** i;
    return value;
  };
  let [stated, byte, factor] = [0, 0x80, 1];
  while (byte >= 0x80 && factor <= 2 ** 28) {
    byte = little(1);
    stated += (byte & 0x7f) * factor;
    factor *= 128;
  }
  if (stated !== lengthBytes) throw damaged(`it unpacks to ${stated} bytes, not ${lengthBytes}`);
  while (at < packed.length) {
    const tag = little(1);
    const high = tag >> 2;
    if ((tag & 3) === LITERAL) {
      const length = 1 + (high < 60 ? high : little(high - 59));
      if (at + length > packed.length || done + length > lengthBytes) throw damaged('it is cut off');
      out.set(packed.subarray(at, at + length), done);
      at += length;
      done += length;
      continue;
    }
    const isShort = (tag & 3) === 1;
    const length = isShort ? 4 + (high & 7) : 1 + high;
    const offset = isShort ? ((tag >> 5) << 8) + little(1) : little((tag & 3) === 2 ? 2 : 4);
    if (offset === 0 || offset > done || done + length > lengthBytes) throw damaged('it copies from nowhere');
    // A copy may overlap what it writes.
    if (offset >= length) out.copyWithin(done, done - offset, done - offset + length);
    else for (let i = done; i < done + length; i++) out[i] = out[i - offset] ?? 0;
    done += length;
  }
  if (done !== lengthBytes) throw damaged(`it ends after ${done} of ${lengthBytes} bytes`);
  return out;
}

function damaged(what: string): InvalidInputError {
  return new InvalidInputError(`Its Snappy data is damaged: ${what}.`);
}
