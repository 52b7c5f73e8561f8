import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { JOB_FOLDER, Journal } from '../../../src/main/engine/run/journal';
import { temporaryFolder } from '../../temporary-folder';

const JOB = { kind: 'convert', size: [1, 2, 3] };

function inFolder(output: string, name: string): string {
  return join(output, JOB_FOLDER, name);
}

/** The journal of a job whose process has ended, with the lines that it got to write. */
async function leftBehind(lines: string): Promise<string> {
  const output = await temporaryFolder();
  await (await Journal.create(output, JOB)).release();
  await writeFile(inFolder(output, 'journal'), lines);
  return output;
}

describe('a journal', () => {
  test('tells after a restart what was done', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    for (const task of [0, 2, 11]) await journal.recordDone('volume', task);
    await journal.recordDone('scales-from-8_8_8', 0);
    await journal.release();
    expect(await Journal.isIn(output)).toBe(true);
    expect(await Journal.readJob(output)).toEqual(JOB);
    const resumed = await Journal.resume(output);
    expect([0, 1, 2, 11].map((task) => resumed.isDone('volume', task))).toEqual([true, false, true, true]);
    expect(resumed.isDone('scales-from-8_8_8', 0)).toBe(true);
    expect(resumed.isDone('scales-from-8_8_8', 2)).toBe(false);
    expect(resumed.doneCount('volume')).toBe(3);
    expect(resumed.doneCount('nothing')).toBe(0);
  });

  test('takes a torn last line for a task that is not done, and goes on below it', async () => {
    const output = await leftBehind('volume 0\nvolume 1\nvolume 1');
    const journal = await Journal.resume(output);
    expect(journal.doneCount('volume')).toBe(2);
    await journal.recordDone('volume', 12);
    expect(await readFile(inFolder(output, 'journal'), 'utf8')).toBe('volume 0\nvolume 1\nvolume 12\n');
    await journal.release();
    expect((await Journal.resume(output)).isDone('volume', 12)).toBe(true);
  });

  test('passes over lines that are no tasks', async () => {
    const journal = await Journal.resume(
      await leftBehind('volume 0\nvolume -1\n\n\0\0\0\nvolume 1 2\nvolume 3\n'),
    );
    expect([0, 1, 2, 3].filter((task) => journal.isDone('volume', task))).toEqual([0, 3]);
  });

  test('counts a task that was done twice once', async () => {
    const journal = await Journal.resume(await leftBehind('volume 4\nvolume 4\n'));
    expect(journal.doneCount('volume')).toBe(1);
  });

  test('that is begun anew forgets what was done', async () => {
    const output = await leftBehind('volume 0\n');
    await mkdir(inFolder(output, 'labels'));
    await writeFile(inFolder(output, 'labels/0'), 'of the job before');
    await (await Journal.create(output, { other: true })).release();
    expect((await Journal.resume(output)).doneCount('volume')).toBe(0);
    expect(await Journal.readJob(output)).toEqual({ other: true });
    expect(await readdir(join(output, JOB_FOLDER))).not.toContain('labels');
  });

  test('leaves nothing when the job is done', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    await journal.recordDone('volume', 0);
    await mkdir(Journal.scratchFolder(output));
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

  test('says so when its record is damaged', async () => {
    const output = await temporaryFolder();
    await (await Journal.create(output, JOB)).release();
    await writeFile(inFolder(output, 'job.json'), '{"kind":');
    await expect(Journal.readJob(output)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('job.json is damaged') as string,
      remedy: expect.stringContaining('--overwrite') as string,
    });
  });

  test('tells a full or broken disk as what it is', async () => {
    const output = await temporaryFolder();
    const journal = await Journal.create(output, JOB);
    await mkdir(inFolder(output, 'journal'));
    await expect(journal.recordDone('volume', 0)).rejects.toMatchObject({ tag: 'invalid-input' });
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
    const output = await leftBehind('');
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
    expect((await readdir(join(output, JOB_FOLDER))).sort()).toEqual(['job.json', 'journal', 'lock']);
  });

  test('can be taken where a process was killed while it took it', async () => {
    const output = await withLock('');
    await writeFile(inFolder(output, 'lock.turn'), '');
    await (await Journal.resume(output)).release();
    expect((await readdir(join(output, JOB_FOLDER))).sort()).toEqual(['job.json', 'journal']);
  });

  // A number above the largest process id that Linux, macOS and Windows give.
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
      // Its parent becomes another program, which knows nothing of it, and only then it ends.
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
