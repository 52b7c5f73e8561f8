import { readFileSync } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError } from '../../../shared/base/errors';
import { errorCode, fileError } from '../../base/file-error';
import { makeFolder } from '../../base/make-folder';

const LOCK = 'lock';

/**
 * Held for the moment in which a process looks at the lock and takes it. One that is there for longer, about a second,
 * is of a process that was killed in that moment.
 */
const TURN = 'lock.turn';
const TURN_WAIT_MS = 20;
const TURN_TRIES = 50;

/** Keeps all processes but one from a folder: the file `lock` in it names who is there. */
export class FolderLock {
  /** @param guarded what nobody else may write to, for messages */
  constructor(
    private readonly folder: string,
    private readonly guarded: string,
  ) {}

  /** True for the names of the lock's own files. */
  owns(name: string): boolean {
    return name === LOCK || name === TURN;
  }

  /** Makes the folder and takes the lock. @throws InvalidInputError where another process has it */
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

  /** Two processes must not find a lock that no longer holds, and both take it. */
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

/** False where there is one already. */
async function createFile(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * A lock of this machine holds while its process lives; whether one of another machine does can't be told. A
 * lock without a host is of a process that was killed while it wrote it.
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
    // EPERM: the process lives and is somebody else's.
    return errorCode(error) === 'EPERM';
  }
}

/** A process that has ended counts as alive until its parent asks how, which in some containers nobody does. */
function isDefunct(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    // Other systems tell it in other ways, and have parents that ask.
    return false;
  }
}
