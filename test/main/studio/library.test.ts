import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { temporaryFolder } from '../../temporary-folder';
import { startWithheldInput } from '../../withheld-input';
import { startStudio } from './start-studio';

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

test('the remains of a cancelled job are listed, continued without the queue, and discarded; its log stays', async () => {
  const [home, folder] = [await temporaryFolder(), await temporaryFolder()];
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'share'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const { client, studio } = await startStudio(home, folder);
  const { address: input, withhold, release } = await startWithheldInput();
  const output = join(folder, 'data', 'cells');
  const stateOf = (id: string) => studio.jobs.list().find((job) => job.id === id)?.state;
  const spec = { kind: 'convert', input, output, mesh: 'none' };
  const waits = withhold();
  const { id } = await client.jobs.add({ spec, mode: 'new' });
  await waits;
  await client.jobs.cancel({ id });
  await expect.poll(() => stateOf(id)).toBe('cancelled');
  await client.jobs.remove({ id });
  release();
  expect(await client.library.unfinished()).toMatchObject([
    { path: output, kind: 'convert', input, isBesideDataset: false },
  ]);
  expect(await client.library.datasets()).toEqual([]);
  expect(await client.jobs.history()).toMatchObject([{ id, state: 'cancelled', output }]);
  expect((await client.jobs.log({ id })).map(({ message }) => message)).toContain('Cancelled.');

  const again = await client.library.resume({ path: output });
  await expect.poll(() => stateOf(again.id)).toBe('done');
  expect(await client.library.unfinished()).toEqual([]);
  const [dataset] = await client.library.datasets();
  expect(dataset).toMatchObject({ path: output, tags: [], description: '' });

  const other = join(folder, 'data', 'others');
  const waitsAgain = withhold();
  const second = await client.jobs.add({ spec: { ...spec, output: other }, mode: 'new' });
  await waitsAgain;
  await expect(client.library.discard({ path: other })).rejects.toThrow('running');
  await client.jobs.cancel({ id: second.id });
  await expect.poll(() => stateOf(second.id)).toBe('cancelled');
  release();
  await client.library.discard({ path: other });
  expect(await isThere(other)).toBe(false);
  expect(stateOf(second.id)).toBeUndefined();
  expect(await client.library.unfinished()).toEqual([]);
});

test('tags, a description and projects go with a dataset that is moved', async () => {
  const [home, folder] = [await temporaryFolder(), await temporaryFolder()];
  const { client } = await startStudio(home, folder);
  const [from, to] = [join(folder, 'a'), join(folder, 'b')];
  await mkdir(to);
  const path = join(from, 'cells');
  await writeSmallDataset(path, [8, 8, 8], () => 3n);
  await client.library.addFolder({ path: from });
  await client.library.note({ path, tags: ['mouse', 'proofread'], description: 'Layer 4.' });
  await client.projects.save({ id: 'one', name: 'Cells', layers: [{ path, name: 'cells' }] });
  const moved = await client.library.move({ path, folder: to });
  expect(moved.path).toBe(join(to, 'cells'));
  expect(await client.library.datasets()).toMatchObject([
    { path: moved.path, tags: ['mouse', 'proofread'], description: 'Layer 4.' },
  ]);
  expect(await client.projects.list()).toMatchObject([{ layers: [{ path: moved.path }] }]);
  await writeSmallDataset(path, [8, 8, 8], () => 3n);
  await expect(client.library.move({ path, folder: to })).rejects.toThrow('already');
  expect(await isThere(path)).toBe(true);
});

test('a folder may be used once the user allows it, over a restart too, until that is taken back', async () => {
  const [home, folder, other] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  const first = await startStudio(home, folder);
  const refused = { fields: { code: 'not-allowed', path: other } };
  await expect(first.client.files.list({ path: other })).rejects.toMatchObject(refused);
  await first.client.files.allow({ path: other });
  expect(await first.client.files.list({ path: other })).toMatchObject({ path: other });
  await expect(first.client.files.allow({ path: '/' })).rejects.toThrow('whole disk');
  await first.studio.close();

  const second = await startStudio(home, folder);
  expect(await second.client.files.list({ path: other })).toMatchObject({ path: other });
  await second.client.files.disallow({ path: other });
  await expect(second.client.files.list({ path: other })).rejects.toMatchObject(refused);
});
