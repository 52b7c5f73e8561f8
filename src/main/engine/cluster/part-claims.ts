import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../../shared/base/errors';
import { errorCode, fileError, isMissing } from '../../base/file-error';
import { JOB_FOLDER } from '../run/journal';

/** A process that has shown no sign of life for so long is taken for dead. */
const LEASE_MS = 60_000;

/** Signs of life in a lease. */
const BEATS = 4;

const LONGEST_WAIT_MS = 1000;

/** A part that this process works on. */
export interface Claim {
  /** To be called when the part is done, or left. */
  release(): Promise<void>;
}

/**
 * Which parts processes are at work on, where no scheduler tells each of them its own: a file for each part, which its
 * process writes again at regular times. One that has stayed the same for a lease is of a process that was killed, and
 * whoever finds that takes the part. As for leases in Kubernetes (client-go, leaderelection), each process measures that
 * by its own clock from when it has seen the file first: the clocks of machines needn't agree.
 *
 * Claims avoid that work is done twice, and nothing else hangs on them: two processes at one part write the same bytes.
 */
export class PartClaims {
  private readonly folder: string;
  /** What was in the files of others, and since when, by this process's clock. */
  private readonly seen = new Map<string, { readonly text: string; readonly sinceMs: number }>();

  constructor(
    output: string,
    private readonly signal: AbortSignal,
    private readonly leaseMs = LEASE_MS,
  ) {
    this.folder = join(output, JOB_FOLDER, 'claims');
  }

  /** Undefined where another process is at the part, or the job has been taken away. */
  async take(stage: string, part: number): Promise<Claim | undefined> {
    const name = `${stage}.${part}`;
    const path = join(this.folder, name);
    const owner = `${hostname()} ${process.pid} ${randomUUID()}`;
    try {
      await makeIfMissing(this.folder);
      if (!(await createFile(path, `${owner} 0`))) {
        if ((await this.look(name)) !== 'abandoned') return undefined;
        await writeFile(path, `${owner} 0`);
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError('write', path, error);
    }
    return keepAlive(path, owner, this.leaseMs / BEATS);
  }

  /** Returns when no other process is at work; `onWait` is called with who it waits for, if anybody. */
  async settled(onWait: (holder: string) => void): Promise<void> {
    let isSaid = false;
    for (;;) {
      const names = await readdir(this.folder).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw fileError('list', this.folder, error);
      });
      const states = await Promise.all(names.map((name) => this.look(name)));
      const held = names.find((_, i) => states[i] === 'held');
      if (held === undefined) return;
      const [host = '', pid = ''] = this.seen.get(held)?.text.split(' ') ?? [];
      if (!isSaid) onWait(`process ${pid} on ${host}`);
      isSaid = true;
      await this.wait();
    }
  }

  /** Until it is worth looking again. @throws CancelledError */
  async wait(): Promise<void> {
    const ms = Math.min(LONGEST_WAIT_MS, this.leaseMs / BEATS);
    await sleep(ms, undefined, { signal: this.signal }).catch(() => undefined);
    if (this.signal.aborted) throw new CancelledError();
  }

  private async look(name: string): Promise<'free' | 'held' | 'abandoned'> {
    const text = await readFile(join(this.folder, name), 'utf8').catch((error: unknown) => {
      // ESTALE: deleted by another machine, on NFS.
      if (isMissing(error) || errorCode(error) === 'ESTALE') return undefined;
      throw error;
    });
    if (text === undefined) return 'free';
    const nowMs = performance.now();
    const before = this.seen.get(name);
    if (before?.text === text) return nowMs - before.sinceMs < this.leaseMs ? 'held' : 'abandoned';
    this.seen.set(name, { text, sinceMs: nowMs });
    return 'held';
  }
}

function keepAlive(path: string, owner: string, everyMs: number): Claim {
  let beat = 0;
  let last = Promise.resolve();
  /** One that another process has taken is left alone. */
  const ifOwn = async (act: () => Promise<void>): Promise<void> => {
    const text = await readFile(path, 'utf8').catch(() => '');
    // A sign of life that couldn't be given makes others do this part too, which does no harm.
    if (text.startsWith(owner)) await act().catch(() => undefined);
  };
  const timer = setInterval(() => {
    last = last.then(() => ifOwn(() => writeFile(path, `${owner} ${++beat}`)));
  }, everyMs);
  return {
    async release() {
      clearInterval(timer);
      await last;
      await ifOwn(() => rm(path, { force: true }));
    },
  };
}

/** False where there is one already. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function makeIfMissing(folder: string): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
}
