import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { temporaryFolder } from '../../temporary-folder';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { startStudio } from './start-studio';

async function startInFolder() {
  const folder = await temporaryFolder();
  return { folder, ...(await startStudio(await temporaryFolder(), folder)) };
}

test('a job waits while something else is done to its dataset, and other jobs do not', async () => {
  const { folder, studio, client, job } = await startInFolder();
  const [held, other] = [join(folder, 'held'), join(folder, 'other')];
  for (const dataset of [held, other]) await writeSmallDataset(dataset, [8, 8, 8], () => 3n);
  let release: () => void = () => undefined;
  const done = studio.jobs.whileIdle(held, () => new Promise<void>((resolve) => (release = resolve)));
  const { id: first } = await client.jobs.verify({ path: held });
  const { id: second } = await client.jobs.verify({ path: other });
  await expect.poll(() => job(second)?.state).toBe('done');
  expect(job(first)?.state).toBe('queued');
  await expect(client.library.rename({ path: held, name: 'new' })).rejects.toThrow(/Something else/);
  await symlink(held, join(folder, 'link'), 'junction');
  const unpublished = client.publish.unpublish({
    dataset: join(folder, 'link'),
    target: 'host',
    isConsented: true,
  });
  await expect(unpublished).rejects.toThrow(/Something else/);
  release();
  await done;
  await expect.poll(() => job(first)?.state).toBe('done');
});

test('jobs that wait and jobs that are over name a dataset by its new folder once it is renamed or moved', async () => {
  const { folder, studio, client, job, ended } = await startInFolder();
  const [before, renamed] = [join(folder, 'before'), join(folder, 'renamed')];
  await writeSmallDataset(before, [8, 8, 8], () => 3n);
  const { id: over } = await client.jobs.verify({ path: before });
  await ended(over);
  let release: () => void = () => undefined;
  const done = studio.jobs.whileIdle(before, () => new Promise<void>((resolve) => (release = resolve)));
  const { id: waits } = await client.jobs.verify({ path: before });
  await client.jobs.pause({ id: waits });
  release();
  await done;

  await client.library.rename({ path: before, name: 'renamed' });
  await client.jobs.remove({ id: over });
  await client.files.createFolder({ path: join(folder, 'elsewhere') });
  await client.library.move({ path: renamed, folder: join(folder, 'elsewhere') });
  const now = join(folder, 'elsewhere', 'renamed');
  expect(job(waits)).toMatchObject({ state: 'paused', input: now, output: now, spec: { dataset: now } });
  expect(await client.jobs.history()).toMatchObject([{ id: over, output: now }]);
  await client.jobs.resume({ id: waits });
  expect(await ended(waits)).toMatchObject({ state: 'done' });
});

test('a job that failed because of what is in its folder is tried again by replacing that', async () => {
  const { folder, client, job } = await startInFolder();
  const output = join(folder, 'made');
  await writeTiffStack(join(folder, 'stack'), labelVolume('uint8', [8, 8, 8]), { rowsPerStrip: 8 });
  const spec = { kind: 'convert', input: join(folder, 'stack'), output, resolution: '8,8,8', mesh: 'none' };
  const { id } = await client.jobs.add({ spec, mode: 'new' });
  await expect.poll(() => job(id)?.state).toBe('done');
  // The same settings by another job, which finds the dataset only when it starts.
  const { id: again } = await client.jobs.add({ spec: { ...spec, scales: '1' }, mode: 'resume' });
  await expect.poll(() => job(again)?.state).toBe('failed');
  expect(job(again)?.error?.words?.remedy).toContainEqual({ action: 'overwrite' });
  await client.jobs.resume({ id: again, mode: 'overwrite' });
  await expect.poll(() => job(again)?.state).toBe('done');
});
