import { expect, test } from 'vitest';
import fc from 'fast-check';
import { march } from '../../../src/main/base/march';

async function* listed<T>(values: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* values;
}

const named = (...values: string[]) => ({ values: listed(values), keyOf: (value: string) => value });

test('gives for each key what each list has of it, and all of it', async () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 9 }).map((list) => list.sort());
  await fc.assert(
    fc.asyncProperty(words, words, words, async (...lists) => {
      const rows: (readonly string[])[][] = [];
      for await (const row of march(named(...lists[0]), named(...lists[1]), named(...lists[2]))) {
        rows.push([...row]);
      }
      const keys = rows.map((row) => new Set(row.flat()));
      expect(keys.map((each) => each.size)).toEqual(keys.map(() => 1));
      expect(keys.flatMap((each) => [...each])).toEqual([...new Set(lists.flat())].sort());
      expect(lists.map((_, i) => rows.flatMap((row) => row[i] ?? []))).toEqual(lists);
    }),
  );
});

test('takes values of different kinds, and ends the lists where the walk ends early', async () => {
  let isClosed = false;
  const numbers = async function* () {
    try {
      yield* listed([1, 2, 3]);
    } finally {
      isClosed = true;
    }
  };
  for await (const [texts, counts] of march(named('1', '3'), { values: numbers(), keyOf: String })) {
    expect([texts, counts]).toEqual([['1'], [1]]);
    break;
  }
  expect(isClosed).toBe(true);
});
