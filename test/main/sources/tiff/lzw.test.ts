import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateKernelMemory } from '../../../../src/shared/base/kernel-memory';
import { unpackLzw } from '../../../../src/shared/deflate/unpack-lzw';
import { decodeLzwSlowly } from '../../../../src/main/sources/tiff/decode/lzw';
import { content } from '../../../shared/deflate/content';

/** Packs bytes as TIFF 6.0 describes it in section 13. */
function pack(bytes: Uint8Array): Uint8Array {
  const packed: number[] = [];
  let [bits, bitCount, sinceClear] = [0, 0, 0];
  const codes = new Map<string, number>();
  const put = (code: number): void => {
    // The reader's table has one entry less than there were codes, and it widens one code early.
    const width = [9, 10, 11].find((width) => 258 + sinceClear < 1 << width) ?? 12;
    bits = (bits << width) | code;
    for (bitCount += width; bitCount >= 8; bitCount -= 8) packed.push((bits >>> (bitCount - 8)) & 255);
    bits &= 255;
    sinceClear++;
  };
  const clear = (): void => {
    put(256);
    codes.clear();
    sinceClear = 0;
  };
  const codeOf = (run: string): number => codes.get(run) ?? run.charCodeAt(0);
  clear();
  let run = '';
  for (const byte of bytes) {
    const longer = run + String.fromCharCode(byte);
    if (longer.length === 1 || codes.has(longer)) {
      run = longer;
      continue;
    }
    put(codeOf(run));
    codes.set(longer, 258 + codes.size);
    if (codes.size === 4094 - 258) clear();
    run = String.fromCharCode(byte);
  }
  if (run !== '') put(codeOf(run));
  put(257);
  return Uint8Array.from([...packed, (bits << (8 - bitCount)) & 255]);
}

function bySlowTwin(data: Uint8Array, lengthBytes: number): Buffer | undefined {
  try {
    return Buffer.from(decodeLzwSlowly(data, lengthBytes));
  } catch {
    return undefined;
  }
}

function byKernel(data: Uint8Array, lengthBytes: number): Buffer | undefined {
  const bytes = unpackLzw(data, lengthBytes);
  return bytes && Buffer.from(bytes);
}

test('the kernel unpacks what was packed, and no more than is wanted', () => {
  fc.assert(
    fc.property(content, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, share) => {
      const data = pack(bytes);
      expect(byKernel(data, bytes.length + 9)?.equals(bytes)).toBe(true);
      const part = Math.floor(share * bytes.length);
      expect(byKernel(data, part)?.equals(bytes.subarray(0, part))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('the kernel makes of damaged data what its slow twin makes of it: an error, or the same', () => {
  const damages = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(content, damages, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, changes, share) => {
      const data = pack(bytes);
      for (const [place, byte] of changes) data[Math.floor(place * data.length)] = byte;
      for (const part of [data, data.subarray(0, Math.floor(share * data.length))]) {
        expect(byKernel(part, bytes.length + 50)).toEqual(bySlowTwin(part, bytes.length + 50));
      }
    }),
    { numRuns: 200 },
  );
});

test('the kernel unpacks to its place in shared memory, and writes nothing beside it', () => {
  const bytes = Buffer.from('abcabcabcabcabcabcabcabcabcabcabcabcabc');
  const { buffer } = allocateKernelMemory(200, 1);
  const all = new Uint8Array(buffer, 0, 200).fill(7);
  const place = all.subarray(50, 50 + bytes.length);
  expect(unpackLzw(pack(bytes), bytes.length, place)).toBe(place);
  expect(Buffer.from(place).equals(bytes)).toBe(true);
  expect([...all.subarray(0, 50), ...all.subarray(50 + bytes.length)].every((byte) => byte === 7)).toBe(true);
});
