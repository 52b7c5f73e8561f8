import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { newRecord } from '../../../../src/main/engine/run/job-record';
import { JOB_FOLDER, Journal, STATE_FOLDER } from '../../../../src/main/engine/run/journal';
import { temporaryFolder } from '../../../temporary-folder';
import { listTree } from '../../../tree-hash';

const JOB = newRecord({
  kind: 'convert',
  settings: { scales: 3 },
  info: { size: [1, 2, 3] },
  input: [],
  views: [],
  products: {},
  memoryBytes: 1,
  perWorkerBytes: 1,
  staged: false,
  makes: [],
  files: [],
  replaces: [],
  phase: 'work',
});

function inFolder(output: string, name: string): string {
  return join(output, JOB_FOLDER, name);
}

/** Makes the journal of a job whose process has ended, with a marker for each task that was recorded. */
async function leftBehind(markers: Readonly<Record<string, string>> = {}): Promise<string> {
  const output = await temporaryFolder();
  await (await Journal.create(output, JOB)).release();
  for (const [task, text] of Object.entries(markers)) {
    await mkdir(inFolder(output, `done/${task}/..`), { recursive: true });
    await writeFile(inFolder(output, `done/${task}`), text);
  }
  return output;
}

describe('a journal', () => {
  test('returns after a restart what was done', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    for (const task of [0, 2, 11]) await journal.recordDone('volume', task, []);
    await journal.recordDone('scales-from-8_8_8', 0, []);
    await journal.release();
    expect(await Journal.isIn(output)).toBe(true);
    expect(await Journal.readRecord(output)).toEqual(JOB);
    const resumed = await Journal.resume(output);
    expect([0, 1, 2, 11].map((task) => resumed.isDone('volume', task))).toEqual([true, false, true, true]);
    expect(resumed.isDone('scales-from-8_8_8', 0)).toBe(true);
    expect(resumed.isDone('scales-from-8_8_8', 2)).toBe(false);
    expect(resumed.doneCount('volume')).toBe(3);
    expect(resumed.doneCount('nothing')).toBe(0);
  });

  test('takes a torn marker for a task that is not done', async () => {
    const output = await leftBehind({
      'volume/0': '[]\n',
      'volume/1': '',
      'volume/2': '[["a",',
      'volume/x': '[]',
    });
    const journal = await Journal.resume(output);
    expect([0, 1, 2].map((task) => journal.isDone('volume', task))).toEqual([true, false, false]);
    expect(journal.doneCount('volume')).toBe(1);
    expect(journal.lost).toEqual([]);
  });

  test('holds a task for not done whose files are gone, cut off or longer', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    const files = ['whole', 'gone', 'cut', 'longer'];
    for (const [task, name] of files.entries()) {
      await writeFile(join(output, name), '12345');
      await journal.recordDone('volume', task, [[join(output, name), 5]]);
    }
    await journal.release();
    await rm(join(output, 'gone'));
    await writeFile(join(output, 'cut'), '123');
    await writeFile(join(output, 'longer'), '123456');
    const resumed = await Journal.resume(output);
    expect(files.map((_, task) => resumed.isDone('volume', task))).toEqual([true, false, false, false]);
    expect([...resumed.lost].sort()).toEqual(['cut', 'gone', 'longer']);
  });

  test('finds the files of its dataset wherever that was moved', async () => {
    const folder = await temporaryFolder();
    const before = join(folder, 'before');
    const journal = await Journal.create(before, JOB);
    await writeFile(join(before, 'a'), '12345');
    await journal.recordDone('volume', 0, [[join(before, 'a'), 5]]);
    await journal.release();
    await rename(before, join(folder, 'after'));
    expect((await Journal.resume(join(folder, 'after'))).isDone('volume', 0)).toBe(true);
  });

  test('that is restarted forgets what was done', async () => {
    const output = await leftBehind({ 'volume/0': '[]' });
    await mkdir(inFolder(output, 'labels'));
    await writeFile(inFolder(output, 'labels/0'), 'of the job before');
    await (await Journal.create(output, { ...JOB, memoryBytes: 2 })).release();
    expect((await Journal.resume(output)).doneCount('volume')).toBe(0);
    expect(await Journal.readRecord(output)).toEqual({ ...JOB, memoryBytes: 2 });
    expect(await readdir(join(output, JOB_FOLDER))).not.toContain('labels');
  });

  test('leaves nothing when the job is done', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    await journal.recordDone('volume', 0, []);
    await mkdir(Journal.scratchFolder(output), { recursive: true });
    await writeFile(join(Journal.scratchFolder(output), 'a.tmp'), 'half');
    await journal.remove();
    expect(await readdir(output)).toEqual([]);
  });

  test('takes unfinished files away, whether the job stops or was killed', async () => {
    const output = await temporaryFolder();
    const scratch = Journal.scratchFolder(output);
    const journal = await Journal.create(output, JOB);
    await mkdir(scratch);
    await writeFile(join(scratch, 'a.tmp'), 'half');
    await journal.release();
    expect((await readdir(join(output, JOB_FOLDER))).sort()).toEqual(['job.json']);
    await mkdir(scratch);
    await writeFile(join(scratch, 'b.tmp'), 'half');
    await Journal.resume(output);
    expect((await readdir(join(output, JOB_FOLDER))).sort()).toEqual(['job.json', 'lock']);
  });

  test('writes its record again only if that changes', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    const file = async () => (await stat(inFolder(output, 'job.json'))).ino;
    const before = await file();
    await journal.update({ products: {}, phase: 'work' });
    expect(await file()).toBe(before);
    await journal.update({ phase: 'retire' });
    expect(await file()).not.toBe(before);
    expect(await Journal.readRecord(output)).toEqual({ ...JOB, phase: 'retire' });
    await journal.remove();
  });

  test('leaves what is not its own', async () => {
    const output = await temporaryFolder();
    await mkdir(join(output, STATE_FOLDER, 'uploads'), { recursive: true });
    await writeFile(join(output, STATE_FOLDER, 'uploads', 'a.jsonl'), 'sent');
    await (await Journal.create(output, JOB)).release();
    await (await Journal.create(output, JOB)).remove();
    await Journal.removeLeftovers(output);
    expect(await listTree(output)).toEqual([`${STATE_FOLDER}/uploads/a.jsonl`]);
  });

  test('reports that another version began the job', async () => {
    const output = await leftBehind();
    await writeFile(inFolder(output, 'job.json'), JSON.stringify({ ...JOB, version: 99 }));
    await expect(Journal.resume(output)).rejects.toMatchObject({ fields: { code: 'version-changed' } });
  });

  test.each([
    '',
    '{"kind":',
    '[]',
    'null',
    '7',
    JSON.stringify({ version: JOB.version }),
    JSON.stringify({ version: JOB.version, kind: 'convert', stages: [{}] }),
  ])('says so when its record is damaged (%s)', async (text) => {
    const output = await leftBehind();
    await writeFile(inFolder(output, 'job.json'), text);
    await expect(Journal.readRecord(output)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('job.json is damaged') as string,
      remedy: expect.stringContaining('--overwrite') as string,
    });
  });

  test('reports a full or broken disk as such', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    await writeFile(inFolder(output, 'done'), '');
    await expect(journal.recordDone('volume', 0, [])).rejects.toMatchObject({ tag: 'invalid-input' });
  });

  test('leaves nothing where it can not be begun', async () => {
    const output = await temporaryFolder();
    await mkdir(inFolder(output, 'job.json'), { recursive: true });
    await expect(Journal.create(output, JOB)).rejects.toMatchObject({ tag: 'invalid-input' });
    expect(await readdir(join(output, JOB_FOLDER))).toEqual(['job.json']);
  });
});

describe('the lock', () => {
  async function withLock(text: string): Promise<string> {
    const output = await leftBehind();
    await writeFile(inFolder(output, 'lock'), text);
    return output;
  }

  const mine = (pid: number) => `${pid} ${hostname()}`;

  test('of a process that lives keeps others out', async () => {
    for (const pid of [process.ppid, 1]) {
      const output = await withLock(mine(pid));
      await expect(Journal.resume(output)).rejects.toThrow(`process ${pid} on ${hostname()}`);
      await expect(Journal.create(output, JOB)).rejects.toThrow(`process ${pid} on ${hostname()}`);
      expect(await readFile(inFolder(output, 'lock'), 'utf8')).toBe(mine(pid));
    }
  });

  test('of another machine keeps others out, with the way to break it', async () => {
    const output = await withLock('123 microscope-pc');
    await expect(Journal.resume(output)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: `Another job (process 123 on microscope-pc) is writing to ${output}.`,
      remedy: expect.stringContaining(inFolder(output, 'lock')) as string,
    });
  });

  test('is looked at by one process at a time: another one waits until it is taken', async () => {
    const output = await withLock(mine(2 ** 30));
    await writeFile(inFolder(output, 'lock.turn'), '');
    const late = expect(Journal.resume(output)).rejects.toThrow(`process ${process.ppid} on ${hostname()}`);
    await sleep(100);
    await writeFile(inFolder(output, 'lock'), mine(process.ppid));
    await rm(inFolder(output, 'lock.turn'));
    await late;
    expect((await readdir(join(output, JOB_FOLDER))).sort()).toEqual(['job.json', 'lock']);
  });

  test('can be taken where a process was killed while it took it', async () => {
    const output = await withLock('');
    await writeFile(inFolder(output, 'lock.turn'), '');
    await (await Journal.resume(output)).release();
    expect((await readdir(join(output, JOB_FOLDER))).sort()).toEqual(['job.json']);
  });

  // This number is larger than the largest process id of Linux, macOS and Windows.
  test.each([mine(2 ** 30), mine(process.pid), '', '12', 'nonsense here'.slice(0, 8)])(
    'of a process that is gone does not (%j)',
    async (text) => {
      const output = await withLock(text);
      await Journal.resume(output);
      expect(await readFile(inFolder(output, 'lock'), 'utf8')).toBe(mine(process.pid));
    },
  );

  test.skipIf(process.platform !== 'linux')(
    'of a process that has ended, and whose parent does not ask how, does not',
    async () => {
      // Its parent becomes another program, which doesn't know about it; only then does it end.
      const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 1000'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      try {
        const [line] = (await once(parent.stdout, 'data')) as [Buffer];
        const pid = Number(line.toString());
        await expect.poll(() => readFile(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
        parent.stdin.end();
        await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
        const output = await withLock(mine(pid));
        await Journal.resume(output);
        expect(await readFile(inFolder(output, 'lock'), 'utf8')).toBe(mine(process.pid));
      } finally {
        parent.kill();
      }
    },
  );
});
