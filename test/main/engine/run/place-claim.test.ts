import { expect, test } from 'vitest';
import { Retrier } from '../../../../src/main/base/retrier';
import { PlaceClaim } from '../../../../src/main/engine/run/place-claim';
import { FolderPlace } from '../../../../src/main/places/folder-place';
import { temporaryFolder } from '../../../temporary-folder';

/** A folder's tags are whole seconds. */
const SILENCE_MS = 1600;

async function claims(): Promise<() => PlaceClaim> {
  const folder = await temporaryFolder();
  const { signal } = new AbortController();
  return () => new PlaceClaim(new FolderPlace(folder), new Retrier(signal).run, signal, SILENCE_MS);
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
  expect(() => {
    first.requireHeld();
  }).toThrow('Another job has taken');
  await expect(claim().renew(id)).rejects.toThrow('Another job has taken');
  await other.release();
  const next = claim();
  await next.take(false, ignore);
  await next.release();
});
