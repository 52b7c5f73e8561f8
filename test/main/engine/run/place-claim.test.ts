import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { IoError } from '../../../../src/shared/base/errors';
import { Delivery } from '../../../../src/main/engine/run/delivery';
import { PlaceClaim } from '../../../../src/main/engine/run/place-claim';
import { RemoteOutput } from '../../../../src/main/engine/run/remote-output';
import { FolderPlace } from '../../../../src/main/places/folder-place';
import { temporaryFolder } from '../../../temporary-folder';

/** A folder's tags are whole seconds. */
const SILENCE_MS = 1600;

async function claims(): Promise<() => PlaceClaim> {
  const folder = await temporaryFolder();
  const { signal } = new AbortController();
  return () => new PlaceClaim(new FolderPlace(folder), signal, SILENCE_MS);
}

const ignore = (): void => undefined;

test('a place that a job has claimed is taken from it only when none of its processes is at work', async () => {
  const claim = await claims();
  const [first, alike, other] = [claim(), claim(), claim()];
  const id = await first.take(false, ignore);
  await alike.renew(id);
  await expect(other.take(false, ignore)).rejects.toThrow(`process ${process.pid} on`);
  await first.close();
  await expect(other.take(true, ignore)).rejects.toThrow('is writing to');
  await alike.close();
  await expect(other.take(false, ignore)).rejects.toThrow('has claimed');
  await other.take(true, ignore);
  await expect(first.check()).rejects.toThrow('Another job has taken');
  await expect(first.requireHeld()).rejects.toThrow('Another job has taken');
  await expect(claim().renew(id)).rejects.toThrow('Another job has taken');
  await other.release();
  const next = claim();
  await next.take(false, ignore);
  await next.release();
});

test('a job is idle when none of its processes is at work, however they ended', async () => {
  const folder = await temporaryFolder();
  const { signal } = new AbortController();
  const claim = () => new PlaceClaim(new FolderPlace(folder), signal, SILENCE_MS);
  const job = claim();
  const id = await job.take(false, ignore);
  await expect(claim().requireIdle(id)).rejects.toMatchObject({ fields: { code: 'job-running' } });
  await job.close();
  await claim().requireIdle(id);
  // A process that is killed leaves its sign of life.
  await writeFile(join(folder, 'precomputed-studio-claims', `${id}.killed`), '');
  await claim().requireIdle(id);
});

test('a claim names the folders of its job, and those of the jobs whose claims it replaces', async () => {
  const claim = await claims();
  const [first, second, resumed] = [claim(), claim(), claim()];
  await first.take(false, ignore, ['surfaces']);
  await first.close();
  const id = await second.take(true, ignore, ['mesh']);
  await second.close();
  await resumed.renew(id);
  expect([second.folders, resumed.folders]).toEqual([
    ['mesh', 'surfaces'],
    ['mesh', 'surfaces'],
  ]);
  await resumed.release();
});

test('a job that fails before it is on record leaves the names that its claim took over, and no others', async () => {
  const claim = await claims();
  const [first, heir, next, last] = [claim(), claim(), claim(), claim()];
  await first.take(false, ignore, ['surfaces']);
  await first.close();
  await heir.take(true, ignore, ['mesh']);
  await heir.giveBack();
  await next.take(true, ignore, ['mesh']);
  expect(next.folders).toEqual(['mesh', 'surfaces']);
  await next.release();
  await last.take(false, ignore, ['mesh']);
  await last.giveBack();
  await claim().take(false, ignore);
});

test('of two jobs that wait for each other to replace what is there, at most one takes the place', async () => {
  const claim = await claims();
  const pair = [claim(), claim()];
  const ends = await Promise.allSettled(pair.map((each) => each.take(true, ignore)));
  const refused = ends.filter((end) => end.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(String(reason)).toContain('is writing to');
  await Promise.all(pair.map((each) => each.release()));
  const next = claim();
  await next.take(false, ignore);
  await next.release();
});

test('a job whose place was taken while the machine slept leaves the objects of the other job alone', async () => {
  const [place, work] = [await temporaryFolder(), await temporaryFolder()];
  const { signal } = new AbortController();
  const remote = new RemoteOutput(new FolderPlace(place), [], signal);
  onTestFinished(() => remote.close());
  await remote.claim.take(false, ignore);
  const path = join(work, '8_8_8', '0-8_0-8_0-8');
  await mkdir(join(work, '8_8_8'));
  const delivery = new Delivery(remote, work, new Set(), signal);
  await writeFile(path, 'first');
  await delivery.send([[path, 5]]);
  await rm(join(place, 'precomputed-studio-claims'), { recursive: true });
  const object = join(place, '8_8_8', '0-8_0-8_0-8');
  await writeFile(object, 'of the other job');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  await writeFile(path, 'again');
  await expect(delivery.send([[path, 5]])).rejects.toThrow('Another job has taken');
  await expect(delivery.takeBack()).rejects.toThrow('Another job has taken');
  expect(await readFile(object, 'utf8')).toBe('of the other job');
});

test('an object that was on its way while the machine slept is not sent again after another job took the place', async () => {
  const [folder, work] = [await temporaryFolder(), await temporaryFolder()];
  const { signal } = new AbortController();
  let attempts = 0;
  class BrokenOnce extends FolderPlace {
    override async put(...[object, stop]: Parameters<FolderPlace['put']>): Promise<string> {
      if (object.key !== '8_8_8/0-8_0-8_0-8') return super.put(object, stop);
      if (++attempts > 1) return super.put(object, stop);
      await rm(join(folder, 'precomputed-studio-claims'), { recursive: true });
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      throw new IoError('The connection was lost.', { retryable: true });
    }
  }
  const remote = new RemoteOutput(new BrokenOnce(folder), [], signal);
  onTestFinished(() => remote.close());
  onTestFinished(() => void vi.useRealTimers());
  await remote.claim.take(false, ignore);
  const path = join(work, '8_8_8', '0-8_0-8_0-8');
  await mkdir(join(work, '8_8_8'));
  await writeFile(path, 'first');
  const delivery = new Delivery(remote, work, new Set(), signal, 1);
  await expect(delivery.send([[path, 5]])).rejects.toThrow('Another job has taken');
  expect(attempts).toBe(1);
});
