import { expect, test } from 'vitest';
import { checkCrc32c, crc32cSize } from '../../../../src/main/sources/zarr/crc32c';

const DIGITS = Buffer.from('123456789');
/** The check value for CRC-32C that catalogues of checksums list. */
const CHECK = [0x83, 0x92, 0x06, 0xe3];

test('data with its checksum is taken, at any offset', () => {
  const bytes = new Uint8Array([9, 9, 9, ...DIGITS, ...CHECK]).subarray(3);
  expect(Buffer.from(checkCrc32c(bytes))).toEqual(DIGITS);
  expect(bytes.length).toBe(crc32cSize(DIGITS.length));
});

test('any changed bit is noticed', () => {
  const bytes = new Uint8Array([...DIGITS, ...CHECK]);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => checkCrc32c(changed)).toThrow('checksum');
  }
});

test('fewer bytes than a checksum has are refused', () => {
  expect(() => checkCrc32c(new Uint8Array(3))).toThrow('cut off');
});
