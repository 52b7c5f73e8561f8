import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError } from '../../../shared/base/errors';
import { errorCode, fileError } from '../../base/file-error';
import { makeFolder } from '../../base/make-folder';
import { createFile } from '../../base/create-file';

const LOCK = 'lock';

/**
 * A file that a process holds for the moment in which it checks the lock and takes it. If the file stays for about a
 * second, its process was killed in that moment.
 */
const TURN = 'lock.turn';
const TURN_WAIT_MS = 20;
const TURN_TRIES = 50;

/** Lets one process at a time use a folder. The file `lock` in the folder names that process. */
export class FolderLock {
  /** @param guarded the folder that no other process may write to, for messages */
  constructor(
    private readonly folder: string,
    private readonly guarded: string,
  ) {}

  /** Reports whether a name is that of one of the lock's own files. */
  owns(name: string): boolean {
    return name === LOCK || name === TURN;
  }

  /**
   * Makes the folder and takes the lock.
   * @throws InvalidInputError if another process has it
   */
  async take(): Promise<void> {
    const path = join(this.folder, LOCK);
    try {
      await makeFolder(this.folder);
      await this.asOnlyOne(async () => {
        const holder = await readFile(path, 'utf8').catch(() => undefined);
        if (holder !== undefined && isHeld(holder)) throw this.heldBy(holder);
        await writeFile(path, `${process.pid} ${hostname()}`);
      });
    } catch (error) {
      throw fileError('write', path, error);
    }
  }

  async release(): Promise<void> {
    await rm(join(this.folder, LOCK), { force: true }).catch(() => undefined);
  }

  /** Runs `work` while no other process does. Otherwise two processes could both find a stale lock and take it. */
  private async asOnlyOne(work: () => Promise<void>): Promise<void> {
    const turn = join(this.folder, TURN);
    for (let tries = 1; !(await createFile(turn)); tries++) {
      if (tries % TURN_TRIES === 0) await rm(turn, { force: true });
      else await sleep(TURN_WAIT_MS);
    }
    try {
      await work();
    } finally {
      await rm(turn, { force: true });
    }
  }

  private heldBy(holder: string): InvalidInputError {
    const [pid = '?', host = 'this machine'] = holder.split(' ');
    return new InvalidInputError(`Another job (process ${pid} on ${host}) is writing to ${this.guarded}.`, {
      remedy: `Wait until it has ended; if that machine has died, delete ${join(this.folder, LOCK)}.`,
    });
  }
}

/**
 * Reports whether the process that is named in a lock still holds it. On this machine that is so while the process
 * lives; a process on another machine can't be checked, and counts as alive. A lock without a host belongs to a
 * process that was killed while writing it.
 */
function isHeld(holder: string): boolean {
  const [pid, host] = holder.split(' ');
  if (host === undefined) return false;
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return !isDefunct(Number(pid));
  } catch (error) {
    // EPERM means that the process lives and belongs to another user.
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Reports whether a process has ended but still counts as alive. It counts as alive until its parent asks for its
 * exit status, which in some containers never happens.
 */
function isDefunct(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    // Other systems have no such file, and there parents do ask for the exit status.
    return false;
  }
}
