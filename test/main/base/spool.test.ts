import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { Spool } from '../../../src/main/base/spool';
import { temporaryFolder } from '../../temporary-folder';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

test('gives a hundred thousand values back in order, equal ones as they came, as often as asked', async () => {
  const spool = new Spool<{ key: string; at: number }>(({ key }) => key);
  const values = Array.from({ length: 100_000 }, (_, at) => ({ key: `ü${(at * 7919) % 5003}\n`, at }));
  for (const value of values) await spool.add(value);
  const sorted = [...values].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.at - b.at));
  expect(await all(spool)).toEqual(sorted);
  expect(await all(spool)).toEqual(sorted);
  await spool.close();
});

test('without a key, as they came', async () => {
  const spool = new Spool<number>();
  for (let i = 0; i < 70_000; i++) await spool.add(i);
  let next = 0;
  for await (const value of spool) expect(value).toBe(next++);
  expect([next, spool.length]).toEqual([70_000, 70_000]);
  await spool.close();
});

test('few values stay in memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), async (values) => {
      const spool = new Spool<string>((value) => value);
      for (const value of values) await spool.add(value);
      expect(await all(spool)).toEqual([...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    }),
  );
});

test('many files are merged into larger ones, and equal keys stay in their order', async () => {
  const temporary = await temporaryFolder();
  vi.stubEnv('TMPDIR', temporary);
  vi.stubEnv('TEMP', temporary);
  const spool = new Spool<{ key: string; at: number }>(({ key }) => key, { held: 4, mostRuns: 3 });
  // 300 files, which would all be open at once.
  const values = Array.from({ length: 1202 }, (_, at) => ({ key: `${(at * 7919) % 101}`, at }));
  for (const value of values) await spool.add(value);
  const [folder = ''] = await readdir(temporary);
  expect((await readdir(join(temporary, folder))).length).toBeLessThanOrEqual(12);
  const sorted = [...values].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.at - b.at));
  expect(await all(spool)).toEqual(sorted);
  expect(await all(spool)).toEqual(sorted);
  await spool.close();
  expect(await readdir(temporary)).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'values of two thousand files are read with few files open at the same time',
  async () => {
    const temporary = await temporaryFolder();
    vi.stubEnv('TMPDIR', temporary);
    const openFiles = async (): Promise<number> => {
      const descriptors = await readdir('/proc/self/fd');
      const paths = await Promise.all(
        descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => '')),
      );
      return paths.filter((path) => path.startsWith(temporary)).length;
    };
    const spool = new Spool<number>((value) => String(value % 4999).padStart(4, '0'), {
      held: 4,
      mostRuns: 8,
    });
    let most = 0;
    for (let i = 0; i < 8000; i++) {
      await spool.add(i);
      if (i % 97 === 0) most = Math.max(most, await openFiles());
    }
    let [read, last] = [0, -1];
    for await (const value of spool) {
      expect(value % 4999).toBeGreaterThanOrEqual(last);
      last = value % 4999;
      if (read++ === 0) most = Math.max(most, await openFiles());
    }
    expect(read).toBe(8000);
    // At most 7 of each of 4 sizes are open.
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(28);
    await spool.close();
  },
);

test('when files are merged, only the first value of each is parsed ahead', async () => {
  let parsed = 0;
  const spool = new Spool<number>(
    (value) => {
      parsed++;
      return String(value % 7);
    },
    { held: 500 },
  );
  for (let i = 0; i < 20 * 500; i++) await spool.add(i);
  parsed = 0;
  let most = 0;
  let read = 0;
  for await (const value of spool) {
    expect(Number.isInteger(value)).toBe(true);
    most = Math.max(most, parsed - ++read);
  }
  expect(read).toBe(20 * 500);
  expect(most).toBeLessThanOrEqual(20);
  await spool.close();
});
