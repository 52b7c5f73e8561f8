import { expect, test } from 'vitest';
import { decodePackbits } from '../../../../src/main/sources/zarr/packbits';

test('each bit becomes a byte, without those that pad the last one', () => {
  expect([...decodePackbits(Uint8Array.of(6, 0b10110001, 0b01111111), 10)]).toEqual([
    1, 0, 1, 1, 0, 0, 0, 1, 0, 1,
  ]);
  expect([...decodePackbits(Uint8Array.of(0), 10)]).toEqual([]);
});

test.each([
  [[8, 0, 0], 'impossible'],
  [[1], 'impossible'],
  [[], 'impossible'],
  [[0, 0, 0], '16 bits'],
])('%j is refused', (bytes, why) => {
  expect(() => decodePackbits(Uint8Array.from(bytes), 15)).toThrow(why);
});
