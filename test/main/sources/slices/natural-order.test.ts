import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareNaturally } from '../../../../src/main/sources/slices/natural-order';

describe('natural order', () => {
  test.each([
    ['z2', 'z10'],
    ['a9b10', 'a10b9'],
    ['IMG_2', 'img_10'],
    ['z', 'z0'],
    ['s18446744073709551615', 's18446744073709551616'],
  ])('%s comes before %s', (a, b) => {
    expect(compareNaturally(a, b)).toBeLessThan(0);
    expect(compareNaturally(b, a)).toBeGreaterThan(0);
  });

  test.each([
    ['z1', 'z001'],
    ['Z1', 'z1'],
  ])('%s and %s are the same', (a, b) => {
    expect(compareNaturally(a, b)).toBe(0);
  });

  test('is an order', () => {
    const name = fc.stringMatching(/^[ab]{0,2}[0-9]{0,3}[_a]?[0-9]{0,2}$/);
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareNaturally(a, b))).toBe(-Math.sign(compareNaturally(b, a)) + 0);
        if (compareNaturally(a, b) <= 0 && compareNaturally(b, c) <= 0) {
          expect(compareNaturally(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});
