import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SharedMarkers } from '../../../../src/main/engine/cluster/shared-markers';
import { JOB_FOLDER, Journal, markersOf } from '../../../../src/main/engine/run/journal';
import { newRecord } from '../../../../src/main/engine/run/job-record';
import type { TaskMarkers } from '../../../../src/main/engine/run/task-markers';
import { TaskSet } from '../../../../src/main/engine/run/task-set';
import { temporaryFolder } from '../../../temporary-folder';

const STAGE = 'volume';
const PACK = '1024-2048';

interface Job {
  readonly output: string;
  readonly folder: string;
  readonly markers: TaskMarkers;
}

/** A job, the tasks 1,024 to 2,047 of which are done but for those that are named. */
async function jobWithout(...missing: number[]): Promise<Job> {
  const output = await temporaryFolder();
  const record = {
    settings: {},
    info: {},
    input: [],
    views: [],
    products: {},
    memoryBytes: 1,
    perWorkerBytes: 1,
  };
  const places = { staged: false, makes: [], files: [], replaces: [], phase: 'work' as const };
  await (await Journal.create(output, newRecord({ kind: 'convert', ...record, ...places }))).release();
  const markers = markersOf(output);
  for (let task = 1024; task < 2048; task++) {
    if (!missing.includes(task)) await markers.add(STAGE, task, [[join(output, `file-${task}`), 1]]);
  }
  return { output, folder: join(output, JOB_FOLDER, 'done', STAGE), markers };
}

async function filesByTask(markers: TaskMarkers): Promise<Map<number, unknown>> {
  const found = new Map<number, unknown>();
  for await (const marked of markers.read(STAGE))
    for (const { task, files } of marked) found.set(task, files);
  return found;
}

test('markers of a whole range of tasks become one file', async () => {
  const { output, folder, markers } = await jobWithout(1030);
  await markers.packAround(STAGE, 1024);
  expect(await readdir(folder)).toHaveLength(1023);
  await markers.add(STAGE, 1030, [[join(output, 'file-1030'), 1]]);
  await markers.add(STAGE, 5, []);
  const before = await filesByTask(markers);
  await markers.packAround(STAGE, 1030);
  expect((await readdir(folder)).sort()).toEqual([PACK, '5']);
  expect(await filesByTask(markers)).toEqual(before);
  expect(before.get(1030)).toEqual([['file-1030', 1]]);
  expect([5, 1024, 2047].map((task) => markers.has(STAGE, task))).toEqual([true, true, true]);
  expect([4, 1023, 2048].map((task) => markers.has(STAGE, task))).toEqual([false, false, false]);
  expect((await markers.tasks(STAGE)).size).toBe(1025);
});

test('processes that pack at the same time, or were killed while they did, do no harm', async () => {
  const { output, folder } = await jobWithout();
  await Promise.all([0, 1, 2].map(() => markersOf(output).packAround(STAGE, 1500)));
  expect(await readdir(folder)).toEqual([PACK]);
  // Killed before it had deleted the files in place of which the pack is.
  const markers = markersOf(output);
  await writeFile(join(folder, '1700'), '[["file-1700",1]]');
  expect((await markers.tasks(STAGE)).size).toBe(1024);
  await markers.packAround(STAGE, 1700);
  expect((await filesByTask(markers)).size).toBe(1024);
});

test('a task of a pack can be forgotten, and the others stay done', async () => {
  const { output, markers, folder } = await jobWithout();
  await markers.packAround(STAGE, 1024);
  await markers.remove(STAGE, 1100);
  expect(markers.has(STAGE, 1100)).toBe(false);
  expect((await markers.tasks(STAGE)).size).toBe(1023);
  await markers.add(STAGE, 1100, [[join(output, 'file-1100'), 1]]);
  await markers.packAround(STAGE, 1100);
  expect(await readdir(folder)).toEqual([PACK]);
});

test('processes that find the same results lost at the same time forget the tasks that made them', async () => {
  const { output, markers } = await jobWithout();
  await markers.packAround(STAGE, 1024);
  const lost = [1100, 1500, 2000];
  for (let task = 1024; task < 2048; task++)
    if (!lost.includes(task)) await writeFile(join(output, `file-${task}`), 'x');
  const processes = [0, 1, 2].map(() => new SharedMarkers(output));
  await Promise.all(processes.map((process) => process.forgetLost(STAGE, () => false)));
  const left = await markers.tasks(STAGE);
  expect([left.size, lost.filter((task) => left.has(task))]).toEqual([1021, []]);
});

test('a journal packs what is done, and does again what is lost', async () => {
  const { output, folder } = await jobWithout(2047);
  const files = Array.from({ length: 1024 }, (_, i) => join(output, `file-${1024 + i}`));
  await Promise.all(files.map((file) => writeFile(file, 'x')));
  const journal = await Journal.resume(output);
  await journal.recordDone(STAGE, 2047, [[join(output, 'file-2047'), 1]]);
  await journal.release();
  expect(await readdir(folder)).toEqual([PACK]);
  await rm(join(output, 'file-1500'));
  const resumed = await Journal.resume(output);
  expect([resumed.lost, resumed.doneCount(STAGE), resumed.isDone(STAGE, 1500)]).toEqual([
    ['file-1500'],
    1023,
    false,
  ]);
  await resumed.release();
});

test('a pack that was torn by a loss of power counts as absent', async () => {
  const { output, folder, markers } = await jobWithout();
  await markers.packAround(STAGE, 1024);
  const text = await readFile(join(folder, PACK), 'utf8');
  await writeFile(join(folder, PACK), text.slice(0, 500));
  const journal = await Journal.resume(output);
  expect([journal.doneCount(STAGE), journal.lost]).toEqual([0, []]);
  expect(await readdir(folder)).toEqual([]);
  await journal.release();
});

test('a million tasks are a thousand files, which a journal reads', async () => {
  const { output, folder } = await jobWithout();
  await rm(folder, { recursive: true });
  await mkdir(folder);
  const none = `[${Array(1024).fill('[]').join(',')}]\n`;
  for (let first = 0; first < 2 ** 20; first += 1024) {
    await writeFile(join(folder, `${first}-${first + 1024}`), none);
  }
  await rm(join(folder, '2048-3072'));
  const tasks = await markersOf(output).tasks(STAGE);
  expect(tasks.size).toBe(2 ** 20 - 1024);
  const journal = await Journal.resume(output);
  expect(journal.doneCount(STAGE)).toBe(2 ** 20 - 1024);
  expect([2047, 2048, 3071, 3072].map((task) => journal.isDone(STAGE, task))).toEqual([
    true,
    false,
    false,
    true,
  ]);
  await journal.release();
});

test('a set of tasks holds what was added, in order', () => {
  const tasks = new TaskSet();
  for (const task of [9_999_999, 0, 7, 8, 7]) tasks.add(task);
  expect([...tasks]).toEqual([0, 7, 8, 9_999_999]);
  tasks.delete(8);
  tasks.delete(8);
  tasks.delete(12);
  expect([tasks.size, tasks.has(8), tasks.has(7), tasks.has(2 ** 31)]).toEqual([3, false, true, false]);
  expect([tasks.hasAll(7, 8), tasks.hasAll(7, 9), tasks.hasAll(3, 3)]).toEqual([true, false, true]);
});

test('markers that another process packs meanwhile are all found', async () => {
  const { output, markers } = await jobWithout();
  const packing = markersOf(output).packAround(STAGE, 1024);
  let isPacked = false;
  const packed = packing.then(() => (isPacked = true));
  do {
    expect((await markers.tasks(STAGE)).size).toBe(1024);
    const found = await filesByTask(markers);
    expect([found.size, [...found.values()].includes(undefined)]).toEqual([1024, false]);
  } while (!isPacked);
  await packed;
});

test('files with other names are no markers', async () => {
  const output = await temporaryFolder();
  const folder = join(output, JOB_FOLDER, 'done', STAGE);
  await mkdir(folder, { recursive: true });
  const strange = ['0-99999999999', '1-1025', '1024-2047', '7-8', '99999999999', '1e3', '-3', 'x'];
  for (const name of ['5', ...strange]) await writeFile(join(folder, name), '[]');
  expect([...(await markersOf(output).tasks(STAGE))]).toEqual([5]);
});
