import { expect, test } from 'vitest';
import { checksumDecoder, checksummedSize } from '../../../../src/main/sources/zarr/checksums';

const DIGITS = Buffer.from('123456789');

/** The checksums of the nine digits, of which catalogues list all but that of Fletcher, by numcodecs. */
const known = [
  ['crc32', [0x26, 0x39, 0xf4, 0xcb]],
  ['adler32', [0xde, 0x01, 0x1e, 0x09]],
  ['crc32c', [0x83, 0x92, 0x06, 0xe3]],
  ['fletcher32', [0xd5, 0x09, 0xdf, 0x09]],
] as const;

function decoder(name: string, location: 'start' | 'end'): (bytes: Uint8Array) => Uint8Array {
  const decode = checksumDecoder(name, { location });
  if (decode === undefined) throw new RangeError(name);
  return decode;
}

test.each(known)('%s: data with its checksum is taken, at any offset', (name, checksum) => {
  const after = new Uint8Array([9, 9, 9, ...DIGITS, ...checksum]).subarray(3);
  expect(Buffer.from(decoder(name, 'end')(after))).toEqual(DIGITS);
  expect(after.length).toBe(checksummedSize(DIGITS.length));
  const before = new Uint8Array([9, 9, 9, ...checksum, ...DIGITS]).subarray(3);
  expect(Buffer.from(decoder(name, 'start')(before))).toEqual(DIGITS);
});

test.each(known)('%s: any changed bit is noticed', (name, checksum) => {
  const bytes = new Uint8Array([...DIGITS, ...checksum]);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => decoder(name, 'end')(changed)).toThrow(`its checksum (${name}) differs`);
  }
});

test('fewer bytes than a checksum has are refused', () => {
  expect(() => decoder('crc32c', 'end')(new Uint8Array(3))).toThrow('cut off');
});
