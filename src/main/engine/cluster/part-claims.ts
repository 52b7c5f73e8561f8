import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../../shared/base/errors';
import { errorCode, fileError, isMissing } from '../../base/file-error';
import { JOB_FOLDER } from '../run/journal';
import { createFile } from '../../base/create-file';
import { namesIn } from '../../base/names-in';

/** A process that hasn't renewed its claim for this long counts as dead. */
const LEASE_MS = 60_000;

/** How often a claim is renewed within a lease. */
const BEATS = 4;

/** The first wait, and the longest: each is twice the one before, as the last parts of a stage may take long. */
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 1000;

/** A part that this process works on. */
export interface Claim {
  /** Releases the claim when the part is done, or given up. */
  release(): Promise<void>;
}

/**
 * Keeps track of the parts that processes work on if no scheduler assigns them. There is a file for each part, which
 * its process rewrites at regular times. If a file stays the same for a whole lease, its process was killed, and
 * whoever notices takes the part. As with leases in Kubernetes (client-go, leaderelection), each process measures
 * this with its own clock, from when it first saw the file, so the clocks of the machines needn't agree.
 *
 * Claims only avoid that work is done twice: two processes that do the same part write the same bytes.
 */
export class PartClaims {
  private readonly folder: string;
  /** The contents of the files of other processes, and since when they are unchanged, by this process's clock. */
  private readonly seen = new Map<string, { readonly text: string; readonly sinceMs: number }>();
  private waitMs = FIRST_WAIT_MS;

  constructor(
    output: string,
    private readonly signal: AbortSignal,
    private readonly leaseMs = LEASE_MS,
  ) {
    this.folder = join(output, JOB_FOLDER, 'claims');
  }

  /** Takes a part. Returns undefined if another process works on it, or the job has been removed. */
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
    this.waitMs = FIRST_WAIT_MS;
    return keepAlive(path, owner, this.leaseMs / BEATS);
  }

  /**
   * Returns when no other process is working. `onWait` is called with the process that it waits for, if there is one.
   */
  async settled(onWait: (holder: string) => void): Promise<void> {
    let isSaid = false;
    for (;;) {
      const names = await namesIn(this.folder);
      const states = await Promise.all(names.map((name) => this.look(name)));
      const held = names.find((_, i) => states[i] === 'held');
      if (held === undefined) return;
      const [host = '', pid = ''] = this.seen.get(held)?.text.split(' ') ?? [];
      if (!isSaid) onWait(`process ${pid} on ${host}`);
      isSaid = true;
      await this.wait();
    }
  }

  /**
   * Waits until it is worth checking the claims again.
   * @throws CancelledError
   */
  async wait(): Promise<void> {
    const ms = Math.min(this.waitMs, LONGEST_WAIT_MS, this.leaseMs / BEATS);
    this.waitMs = 2 * ms;
    await sleep(ms, undefined, { signal: this.signal }).catch(() => undefined);
    if (this.signal.aborted) throw new CancelledError();
  }

  private async look(name: string): Promise<'free' | 'held' | 'abandoned'> {
    const text = await readFile(join(this.folder, name), 'utf8').catch((error: unknown) => {
      // ESTALE means that another machine deleted the file, on NFS.
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
  /** Calls `act` if the claim is still this process's own. */
  const ifOwn = async (act: () => Promise<void>): Promise<void> => {
    const text = await readFile(path, 'utf8').catch(() => '');
    // If a claim can't be renewed, another process does this part too, which does no harm.
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

async function makeIfMissing(folder: string): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
}
