import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PartClaims } from '../../../../src/main/engine/cluster/part-claims';
import { JOB_FOLDER } from '../../../../src/main/engine/run/journal';
import { temporaryFolder } from '../../../temporary-folder';

/** Long enough for a busy machine to renew its claims in time. */
const LEASE_MS = 1000;

interface Job {
  readonly claims: string;
  /** Returns new claims, as another process would have them. */
  readonly process: () => PartClaims;
}

async function jobFolder(): Promise<Job> {
  const output = await temporaryFolder();
  await mkdir(join(output, JOB_FOLDER), { recursive: true });
  return {
    claims: join(output, JOB_FOLDER, 'claims'),
    process: () => new PartClaims(output, new AbortController().signal, LEASE_MS),
  };
}

test('a part is one process at a time, and can be taken when it is let go', async () => {
  const { process, claims } = await jobFolder();
  const [a, b] = [process(), process()];
  const held = await a.take('volume', 3);
  expect(await b.take('volume', 3)).toBeUndefined();
  const other = await b.take('volume', 4);
  await held?.release();
  const next = await b.take('volume', 3);
  expect(await readdir(claims)).toEqual(['volume.3', 'volume.4']);
  await next?.release();
  await other?.release();
  expect(await readdir(claims)).toEqual([]);
});

test('a process that lives keeps its part for longer than a lease', async () => {
  const { process, claims } = await jobFolder();
  const [a, b] = [process(), process()];
  const held = await a.take('volume', 0);
  const beats = async (): Promise<number> => {
    expect(await b.take('volume', 0)).toBeUndefined();
    return Number((await readFile(join(claims, 'volume.0'), 'utf8')).split(' ').at(-1));
  };
  await expect.poll(beats).toBeGreaterThan(5);
  await held?.release();
});

test.each(['host 1 of-one-that-was-killed 7', ''])(
  'a part that is left (%j) is taken by one process',
  async (text) => {
    const { process, claims } = await jobFolder();
    await mkdir(claims);
    await writeFile(join(claims, 'volume.0'), text);
    const [a, b] = [process(), process()];
    expect(await a.take('volume', 0)).toBeUndefined();
    expect(await b.take('volume', 0)).toBeUndefined();
    await sleep(LEASE_MS);
    const taken = await a.take('volume', 0);
    expect(taken).toBeDefined();
    expect(await b.take('volume', 0)).toBeUndefined();
    await taken?.release();
  },
);

test('a process whose part was taken over leaves it to the other', async () => {
  const { process, claims } = await jobFolder();
  const slow = await process().take('volume', 0);
  const path = join(claims, 'volume.0');
  await writeFile(path, 'host 2 another 0');
  await slow?.release();
  expect(await readFile(path, 'utf8')).toBe('host 2 another 0');
});

test('the end waits for those that are at work, and not for the dead', async () => {
  const { process, claims } = await jobFolder();
  const held = await process().take('volume', 0);
  await writeFile(join(claims, 'volume.1'), 'host 1 of-one-that-was-killed 7');
  let isSettled = false;
  const waited: string[] = [];
  const settled = process()
    .settled((holder) => waited.push(holder))
    .then(() => (isSettled = true));
  await expect.poll(() => waited.length).toBe(1);
  expect(isSettled).toBe(false);
  await held?.release();
  await settled;
  expect(isSettled).toBe(true);
});

test('no part is taken of a job that is over, and nothing is left in its folder', async () => {
  const output = await temporaryFolder();
  const claims = new PartClaims(output, new AbortController().signal, LEASE_MS);
  expect(await claims.take('volume', 0)).toBeUndefined();
  await claims.settled(() => undefined);
  expect(await readdir(output)).toEqual([]);
});
