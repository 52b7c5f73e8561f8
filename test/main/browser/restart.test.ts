import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JOB_FOLDER } from '../../../src/main/engine/run/journal';
import { findInstance } from '../../../src/main/studio/instance';
import { studioEventSchema } from '../../../src/shared/api/contract-types';
import { temporaryFolder } from '../../temporary-folder';
import { startWithheldInput } from '../../withheld-input';
import { AppProcess, type Client } from './app-process';

/** Returns the events, and the content of the snapshot with which they begin. */
async function firstEvents(client: Client) {
  const events = await client.events();
  const first = studioEventSchema.parse((await events.next()).value);
  if (first.type !== 'snapshot') throw new TypeError('the events begin with a snapshot');
  return { events, ...first };
}

async function stateOf(client: Client): Promise<string | undefined> {
  const { jobs, events } = await firstEvents(client);
  await events.return(undefined);
  return jobs[0]?.state;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

test('settings, queue and the work that is done survive a kill in mid-job', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const { address: input, withhold, release } = await startWithheldInput();
  const first = await AppProcess.start(folder, home);
  const client = await first.connect();
  await client.settings.update({ favouriteFolders: [folder] });
  const jobOf = (name: string) => ({
    spec: { kind: 'convert', input, output: join(folder, name), mesh: 'none' },
    mode: 'new' as const,
  });
  const waits = withhold();
  await client.jobs.add(jobOf('one'));
  await client.jobs.add(jobOf('two'));
  await waits;
  await first.kill();

  const second = await AppProcess.start(folder, home);
  const again = await second.connect();
  const { settings, jobs } = await firstEvents(again);
  expect(settings).toMatchObject({ favouriteFolders: [folder], recentInputs: [input] });
  expect(jobs.map(({ name, state }) => [name, state])).toEqual([
    ['one', 'interrupted'],
    ['two', 'running'],
  ]);
  const [one, two] = jobs;
  expect(one?.interruption).toBe('crashed');
  expect((await again.jobs.log({ id: one?.id ?? '' })).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Started with/),
    expect.stringContaining('crashed'),
  ]);
  // Without the app, the job stops by itself after a short time. Until then, its output is locked.
  await expect.poll(() => isThere(join(folder, 'one', JOB_FOLDER, 'lock'))).toBe(false);
  await again.jobs.cancel({ id: two?.id ?? '' });
  release();
  await again.jobs.resume({ id: one?.id ?? '' });
  await expect.poll(() => stateOf(again)).toBe('done');
});

test('a program that is ended keeps its data folder until its job has stopped, which is interrupted then', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const { address: input, withhold, release } = await startWithheldInput();
  const first = await AppProcess.start(folder, home);
  const client = await first.connect();
  const waits = withhold();
  const output = join(folder, 'one');
  await client.jobs.add({ spec: { kind: 'convert', input, output, mesh: 'none' }, mode: 'new' });
  await waits;
  const ended = first.interrupt();
  await expect.poll(() => findInstance(home)).toBeUndefined();
  expect(await isThere(join(output, JOB_FOLDER, 'lock'))).toBe(false);
  await ended;
  release();

  const again = await (await AppProcess.start(folder, home)).connect();
  const { jobs } = await firstEvents(again);
  expect(jobs).toMatchObject([{ name: 'one', state: 'interrupted', interruption: 'closed' }]);
  await again.jobs.resume({ id: jobs[0]?.id ?? '' });
  await expect.poll(() => stateOf(again)).toBe('done');
});

test('a broken file of settings is set aside unchanged, and a message shows where', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  await writeFile(join(home, 'settings.json'), '{"presets": [1, 2');
  const app = await AppProcess.start(folder, home);
  const client = await app.connect();
  const { events } = await firstEvents(client);
  const { value } = await events.next();
  expect(value).toMatchObject({ type: 'notice', level: 'warning' });
  const aside = (await readdir(home)).find((name) => name.startsWith('settings.json.broken')) ?? '';
  expect(value).toMatchObject({ message: expect.stringContaining(aside) as string });
  await client.settings.update({ favouriteFolders: [folder] });
  expect(await readFile(join(home, aside), 'utf8')).toBe('{"presets": [1, 2');
});

test('a second start leads to the program that runs, by an address of its own', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const first = await AppProcess.start(folder, home);
  const second = await AppProcess.start(folder, home);
  expect(second.printed).toContain('already running');
  expect(second.url.host).toBe(first.url.host);
  expect(second.url.search).not.toBe(first.url.search);
  const [one, two] = [await first.connect(), await second.connect()];
  const { events } = await firstEvents(two);
  await one.settings.update({ favouriteFolders: [folder] });
  expect((await events.next()).value).toMatchObject({ type: 'settings' });
});
