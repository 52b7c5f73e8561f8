import { expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLengthNm,
  formatTimeLeft,
} from '../../../src/shared/base/format-quantity';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.50 KiB'],
  [2 ** 20 - 1, '1.00 MiB'],
  [12.34 * 2 ** 30, '12.3 GiB'],
  [9.999 * 2 ** 40, '10.0 TiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [7, '7'],
  [999, '999'],
  [12_345, '12.3 k'],
  [99_960, '100 k'],
  [999_999, '1.00 M'],
  [36_100_000, '36.1 M'],
])('the count %d is %s', (count, text) => expect(formatCount(count)).toBe(text));

test.each([
  [250, '250 nm'],
  [999.9, '1.00 µm'],
  [-1500, '-1.50 µm'],
])('%d nm are %s', (length, text) => expect(formatLengthNm(length)).toBe(text));

test.each([
  [400, '0.4 s'],
  [5_000, '5 s'],
  [9_960, '10 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [7_200_000, '2 h'],
  [7_500_000, '2 h 5 min'],
  [172_800_000, '2 d'],
  [262_800_000, '3 d 1 h'],
])('%d ms are %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

test.each([
  [0, 'almost done'],
  [999, 'almost done'],
  [1000, '1 s left'],
  [3200, '3 s left'],
  [200_000, '3 min 20 s left'],
])('%d ms that remain are %s', (time, text) => expect(formatTimeLeft(time)).toBe(text));
