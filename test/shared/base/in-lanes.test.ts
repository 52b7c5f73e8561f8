import { expect, test } from 'vitest';
import { inLanes } from '../../../src/shared/base/in-lanes';

/** Lets all waiting tasks continue. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('does every item once, no more at a time than there are lanes', async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inLanes([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++running);
    await turn();
    done.push(item);
    running--;
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test('begins nothing after a failure, and ends when what runs has ended', async () => {
  const log: string[] = [];
  const work = inLanes([1, 2, 3, 4], 2, async (item) => {
    log.push(`begin ${item}`);
    if (item === 1) throw new RangeError('no');
    await turn();
    log.push(`end ${item}`);
  });
  await expect(work).rejects.toThrow(RangeError);
  expect(log).toEqual(['begin 1', 'begin 2', 'end 2']);
});

test('is done where there is nothing to do', async () => {
  await inLanes([], 4, () => Promise.reject(new RangeError('no')));
});
