import { expect, test } from 'vitest';
import { UnfinishedFile } from '../../../../src/main/places/ssh/unfinished-file';

test('a late answer to an attempt that failed does not count for the next one', async () => {
  const file = new UnfinishedFile('first', false, () => 'second');
  file.begin(0, false);
  let answer = (): void => undefined;
  const late = file.write(0, 10, () => new Promise((resolve) => (answer = resolve)));
  await Promise.resolve();
  file.fail();
  expect([file.leave(), file.path]).toEqual(['first', 'second']);
  file.begin(0, false);
  answer();
  await late;
  expect(file.arrived).toBe(0);
  await file.write(0, 4, () => Promise.resolve());
  expect(file.arrived).toBe(4);
});
