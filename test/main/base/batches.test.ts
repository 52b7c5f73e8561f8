import { expect, test } from 'vitest';
import { byKey, inBatches } from '../../../src/main/base/batches';

async function listOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

test.each([
  [[], []],
  [[1], [[1]]],
  [[1, 2, 3], [[1, 2, 3]]],
  [
    [1, 2, 3, 4],
    [[1, 2, 3], [4]],
  ],
])('%j comes in batches of at most three', async (values, batches) => {
  expect(await listOf(inBatches(values, 3))).toEqual(batches);
});

test.each([
  ['', []],
  ['a', ['a']],
  ['aabccc', ['aa', 'b', 'ccc']],
])('the letters of "%s" are grouped', async (text, groups) => {
  async function* letters(): AsyncGenerator<string> {
    yield* text;
  }
  const found = await listOf(byKey(letters(), (letter) => letter));
  expect(found.map((group) => group.join(''))).toEqual(groups);
});
