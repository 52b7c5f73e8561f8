import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { convertVolume } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { meshDataset } from '../../mesh-dataset';
import { runCli, type CliResult } from '../../run-cli';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree, listTree } from '../../tree-hash';

/**
 * Loaded into the process before its own code. Makes the process kill itself after a number of calls that change the
 * file system, counted from when the new files are complete.
 */
const KILLER = `
  import fs from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) {
    let left = Number(process.env.KILL_AFTER_CALLS);
    let isWhole = false;
    for (const name of ['rename', 'rm', 'rmdir', 'mkdir', 'writeFile']) {
      const call = fs[name];
      fs[name] = (...args) => {
        isWhole ||= name === 'writeFile' && String(args[1]).includes('"phase": "retire"');
        if (isWhole && left-- === 0) process.kill(process.pid, 'SIGKILL');
        return call(...args);
      };
    }
    syncBuiltinESMExports();
    process.on('exit', () => console.error('calls left', left));
  }
`;

const folder = sharedTemporaryFolder();
const first = join(folder, 'first');
const second = join(folder, 'second');
const original = join(folder, 'original');
const killer = join(folder, 'killer.mjs');

beforeAll(async () => {
  await writeFile(killer, KILLER);
  await writeTiffStack(first, labelVolume('uint32', [40, 30, 20]));
  await writeTiffStack(second, labelVolume('uint32', [50, 20, 20], 7));
  await convertVolume(first, original, { chunkSize: '16', mesh: 'multilod', scales: '2' });
  for (const name of MINE) {
    await mkdir(join(original, name, '..'), { recursive: true });
    await writeFile(join(original, name), 'mine');
  }
});

function killed(args: readonly string[], calls: number): Promise<CliResult> {
  const NODE_OPTIONS = `--import=${pathToFileURL(killer).href}`;
  return runCli(args, { env: { ...process.env, NODE_OPTIONS, KILL_AFTER_CALLS: `${calls}` } });
}

/** Returns the hash of the files that readers see of a dataset; undefined if there is none. */
async function hashOfDataset(path: string): Promise<string | undefined> {
  const copy = join(await temporaryFolder(), 'copy');
  await cp(path, copy, { recursive: true, verbatimSymlinks: true });
  await rm(join(copy, '.precomputed-studio'), { recursive: true, force: true });
  return (await readdir(copy)).includes('info') ? hashTree(copy) : undefined;
}

const FLAGS = [
  '--resolution',
  '8,8,8',
  '--chunk-size',
  '16',
  '--workers',
  '1',
  '--mesh-block',
  '32',
  '--json',
];

/**
 * Makes a dataset with meshes, a user's file in its folder and one in a scale's folder, and the record of an upload.
 */
async function dataset(): Promise<string> {
  const path = join(await temporaryFolder(), 'dataset');
  await cp(original, path, { recursive: true });
  return path;
}

const MINE = ['.precomputed-studio/uploads/a.jsonl', '8_8_8/notes.txt', 'mesh/notes.txt', 'notes.txt'];

describe.each<[string, (path: string) => string[], string[]]>([
  ['a conversion', (path) => ['convert', second, path, ...FLAGS], MINE],
  ['a meshing', (path) => ['mesh', path, '--lods', '1', '--workers', '1', '--json'], MINE],
])('%s that replaces what is there', (_, command, kept) => {
  test('and is killed at any moment of the exchange leaves a whole dataset, or goes on to one', async () => {
    const before = await dataset();
    const whole = join(await temporaryFolder(), 'dataset');
    await cp(before, whole, { recursive: true });
    const old = await hashOfDataset(before);
    const undisturbed = await killed([...command(whole), '--overwrite'], MOST_CALLS);
    expect(undisturbed.code).toBe(0);
    const made = await hashOfDataset(whole);
    expect(made).not.toBe(old);
    const total = MOST_CALLS - Number(/calls left (\d+)/.exec(undisturbed.stderr)?.[1]);
    expect(total).toBeGreaterThan(12);
    // Each is killed in the same exchange, which one job has prepared for all of them.
    const ready = await dataset();
    expect((await killed([...command(ready), '--overwrite'], 0)).code).toBe(null);
    for (const calls of momentsOf(total)) {
      const path = join(await temporaryFolder(), 'dataset');
      await cp(ready, path, { recursive: true });
      expect((await killed([...command(path), '--resume'], calls)).code).toBe(null);
      expect([old, made, undefined]).toContain(await hashOfDataset(path));
      expect((await runCli([...command(path), '--resume'])).code).toBe(0);
      expect(await hashOfDataset(path)).toBe(made);
      expect((await listTree(path)).filter((name) => MINE.includes(name))).toEqual(kept);
      await rm(path, { recursive: true });
    }
  });
});

const MOST_CALLS = 100_000;

/** Returns the numbers of all first and last calls, and of some in between, which move the files one by one. */
function momentsOf(calls: number): number[] {
  const between = Array.from({ length: 2 }, (_, i) => Math.floor((calls * (i + 1)) / 3));
  const ends = Array.from({ length: 5 }, (_, i) => [i, calls - 1 - i]).flat();
  return [...new Set([...ends, ...between])].filter((call) => call >= 0 && call < calls);
}

describe('what is replaced', () => {
  test('stays whole while its replacement is made, and if that fails or is cancelled', async () => {
    const path = await dataset();
    const old = await hashOfDataset(path);
    const stop = new AbortController();
    const emit = ({ event }: { event: string }) => {
      if (event === 'task-done') stop.abort();
    };
    const job = convertVolume(
      second,
      path,
      { chunkSize: '8' },
      { overwrite: true, signal: stop.signal, emit },
    );
    await expect(job).rejects.toMatchObject({ tag: 'cancelled' });
    expect(await hashOfDataset(path)).toBe(old);
    await convertVolume(second, path, { chunkSize: '16' }, { overwrite: true });
    expect(await hashOfDataset(path)).not.toBe(old);
    expect(await readdir(join(path, '.precomputed-studio'))).toEqual(['uploads']);
  });

  test('is deleted first where that is asked for', async () => {
    const path = await dataset();
    const stop = new AbortController();
    stop.abort();
    const job = (signal: AbortSignal, resume = false) =>
      convertVolume(second, path, { chunkSize: '8' }, { overwrite: true, resume, deleteFirst: true, signal });
    await expect(job(stop.signal)).rejects.toMatchObject({ tag: 'cancelled' });
    expect((await listTree(path)).filter((name) => !name.includes('/job/'))).toEqual(MINE);
    await job(new AbortController().signal, true);
    expect(await listTree(path)).toContain('info');
  });

  test('of meshes deleted first is named no more', async () => {
    const path = await dataset();
    const stop = new AbortController();
    stop.abort();
    const job = meshDataset(path, {}, { overwrite: true, deleteFirst: true, signal: stop.signal });
    await expect(job).rejects.toMatchObject({ tag: 'cancelled' });
    expect(JSON.parse(await readFile(join(path, 'info'), 'utf8'))).not.toHaveProperty('mesh');
    expect(await readdir(join(path, 'mesh'))).toEqual(['notes.txt']);
    await meshDataset(path, {}, { resume: true });
    expect(JSON.parse(await readFile(join(path, 'info'), 'utf8'))).toHaveProperty('mesh', 'mesh');
  });

  test.each(['mesh', '16_16_16'])('is never what lies behind a link (%s)', async (name) => {
    const path = await dataset();
    const elsewhere = join(await temporaryFolder(), 'elsewhere');
    await cp(join(path, name), elsewhere, { recursive: true });
    await rm(join(path, name), { recursive: true });
    await symlink(elsewhere, join(path, name));
    const behind = await hashTree(elsewhere);
    const { events } =
      name === 'mesh'
        ? await meshDataset(path, { lods: 1 }, { overwrite: true })
        : await convertVolume(second, path, { chunkSize: '16' }, { overwrite: true });
    expect(await hashTree(elsewhere)).toBe(behind);
    expect(events).toContainEqual({
      event: 'log',
      level: 'warning',
      message: expect.stringContaining(`${join(path, name)} was a link`) as string,
    });
  });

  test.each(['8_8_8', 'segment_properties', '../elsewhere', '.'])(
    'is never a folder of something else that info names for meshes (%s)',
    async (name) => {
      const path = await dataset();
      const info = JSON.parse(await readFile(join(path, 'info'), 'utf8')) as object;
      await writeFile(join(path, 'info'), JSON.stringify({ ...info, mesh: name }));
      const before = await hashTree(path);
      await expect(meshDataset(path, {}, { overwrite: true })).rejects.toMatchObject({
        tag: 'invalid-input',
      });
      expect(await hashTree(path)).toBe(before);
    },
  );
});

test('meshes that were made again are in the provenance, and verify still compares scales', async () => {
  const path = await dataset();
  await meshDataset(path, { lods: 1 }, { overwrite: true });
  const { processing } = JSON.parse(await readFile(join(path, 'provenance'), 'utf8')) as {
    processing: unknown[];
  };
  expect(processing).toMatchObject([
    { method: { task: 'convert' } },
    { method: { task: 'mesh', options: { lods: 1 } } },
  ]);
  const { stdout } = await runCli(['verify', path]);
  expect(stdout).toContain('the scale before');
});
