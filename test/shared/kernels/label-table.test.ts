import { expect, test } from 'vitest';
import { compactLabels } from '../../../src/shared/kernels/label-compaction';
import { LabelTable } from '../../../src/shared/kernels/label-table';
import { randomWords } from '../../random';

test('labels get numbers in the order of meeting, whatever their 64 bits', () => {
  const random = randomWords(3);
  const table = new LabelTable();
  const numbers = new Map<bigint, number>();
  for (let i = 0; i < 20_000; i++) {
    const low = random() % 97 === 0 ? 0xffffffff : random() % 5000;
    const high = random() % 3 === 0 ? 0xffffffff : random() % 2;
    const label = (BigInt(high) << 32n) | BigInt(low);
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    expect(table.indexOf(low, high)).toBe(numbers.get(label));
  }
  expect(table.size).toBe(numbers.size);
  for (const [label, number] of numbers) expect(table.label(number)).toBe(label);
  table.clear();
  expect(table.size).toBe(0);
  expect(table.indexOf(7, 7)).toBe(0);
});

test.each([
  ['uint64', (values: bigint[]) => BigUint64Array.from(values)],
  ['uint32', (values: bigint[]) => Uint32Array.from(values, Number)],
  ['uint8', (values: bigint[]) => Uint8Array.from(values, Number)],
])('a region of %s labels is renumbered, with background about the block', (_, make) => {
  const values = [5n, 5n, 0n, 9n, 9n, 5n, 200n, 0n];
  const block = { box: { min: [4, 4, 4], max: [6, 6, 6] }, channels: 1, data: make(values) } as const;
  const table = new LabelTable();
  const output = new Uint32Array(3 * 2 * 3).fill(77);
  compactLabels(block, { min: [3, 4, 5], max: [6, 6, 8] }, table, output);
  expect([...output]).toEqual([0, 1, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect([0, 1, 2, 3].map((number) => table.label(number))).toEqual([0n, 9n, 5n, 200n]);
});
