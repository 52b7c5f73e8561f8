import { expect, test } from 'vitest';
import { ArenaPool } from '../../../../src/main/engine/run/arena-pool';

test('no more blocks than allowed have a memory, and those that wait get it in their order', async () => {
  const pool = new ArenaPool(2 ** 16, 2, 1, expect.unreachable);
  const [first, second] = [await pool.take(), await pool.take()];
  expect(second).not.toBe(first);
  const got: string[] = [];
  const third = pool.take().then((arena) => (got.push('third'), arena));
  const fourth = pool.take().then((arena) => (got.push('fourth'), arena));
  await new Promise(setImmediate);
  expect(got).toEqual([]);
  pool.giveBack(second);
  expect(await third).toBe(second);
  pool.giveBack(first);
  expect(await fourth).toBe(first);
  expect(got).toEqual(['third', 'fourth']);
  pool.giveBack(first);
  expect(await pool.take()).toBe(first);
});
