import { expect, test } from 'vitest';
import { peakMemoryBytes } from '../../../src/main/base/peak-memory';

test('the peak of memory grows with what is touched, and stays when it is gone', () => {
  const before = peakMemoryBytes();
  const resident = process.memoryUsage.rss();
  expect(before).toBeGreaterThan(2 ** 20);
  Buffer.alloc(before - resident + 2 ** 26, 1);
  expect(peakMemoryBytes()).toBeGreaterThan(before + 2 ** 25);
});
