import { expect, test } from 'vitest';
import { FileCalls } from '../../../src/main/base/file-calls';

test('turns to the thread pool for eight calls after one that has waited', async () => {
  // Of two looks at the clock, one is before a call and one behind it.
  const times = [0, 0.5, 0, 5, 0, 0.5];
  const calls = new FileCalls(() => times.shift() ?? 0);
  const ways: string[] = [];
  for (let i = 0; i < 20; i++) {
    const call = calls.make(
      () => 'at once',
      () => Promise.resolve('apart'),
      () => 1,
    );
    expect(call instanceof Promise).toBe((await call) === 'apart');
    ways.push(await call);
  }
  expect(ways).toEqual(Array.from({ length: 20 }, (_, i) => (i < 2 || i >= 10 ? 'at once' : 'apart')));
});

test('takes the time that a call may need from its result', async () => {
  let time = 0;
  const calls = new FileCalls(() => (time += 5));
  const make = (bytes: number) =>
    calls.make(
      () => bytes,
      () => Promise.resolve(-1),
      (read) => read / 100,
    );
  expect(await make(600)).toBe(600);
  expect(await make(600)).toBe(600);
  expect(await make(400)).toBe(400);
  expect(await make(600)).toBe(-1);
});

test('throws what the file system says', () => {
  const failing = () => {
    throw new Error('EISDIR');
  };
  const calls = new FileCalls();
  expect(() => calls.make(failing, failing, () => 0)).toThrow('EISDIR');
});
