import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent } from '../../../shared/api/job-events';
import { OVERWRITE } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { outgoingBytes } from '../../places/outgoing-file';
import { listObjects, type Place } from '../../places/place';

/** Places may hide names that begin with a dot. */
const CLAIMS = 'precomputed-studio-claims/';

/** How often a running job shows that it is running. */
const BEAT_MS = 10_000;

/** A job that shows no sign of life for this long isn't running. */
const SILENCE_MS = 3 * BEAT_MS;

/** Reports whether the object with this key is a claim and no part of a dataset. */
export function isClaim(key: string): boolean {
  return key.startsWith(CLAIMS);
}

/**
 * Lets one job at a time make a dataset at a remote place. A job writes an object under a name of its own there, and
 * only then lists the objects of other jobs. So of two jobs that begin at the same moment at least one finds the other.
 * This needs a place that lists what has been written, as S3 does, but no conditional requests, which some stores
 * ignore without an error.
 *
 * The processes of one job share a claim, whose id is in the record of the job. While a process works, it writes an
 * object beside the claim again and again, by which others see that the job is running.
 */
export class PlaceClaim {
  private id: string | undefined;
  private readonly beatName = `.${randomUUID()}`;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  private isLost = false;
  private noted: readonly string[] = [];
  /** Whether the claim names folders that only claims which it has replaced named before. */
  private isHeir = false;
  /** When the claim was last found. */
  private foundMs = 0;

  /** @param place one that repeats what failed */
  constructor(
    private readonly place: Place,
    private readonly signal: AbortSignal,
    private readonly silenceMs = SILENCE_MS,
  ) {}

  /**
   * Claims the place for a new job.
   * @param overwrite replaces the claims of jobs that aren't running any more
   * @param folders folders of the dataset that the job takes out of `info` before it is complete, which the claim names
   * @returns the id of the claim, for the record of the job
   * @throws InvalidInputError if another job has claimed the place
   */
  async take(
    overwrite: boolean,
    emit: (event: JobEvent) => void,
    folders: readonly string[] = [],
  ): Promise<string> {
    this.id = randomUUID();
    this.noted = folders;
    await this.write(this.id, folders);
    // A job that waits for others is running, too: of two that wait for each other neither may take the place.
    this.keepAlive();
    try {
      const others = await this.others();
      if (others.size > 0) await this.replace(others, overwrite, emit);
    } catch (error) {
      await this.giveBack();
      throw error;
    }
    return this.id;
  }

  /** Returns the folders that the claim names: those of its own job, and of the jobs whose claims it has replaced. */
  get folders(): readonly string[] {
    return this.noted;
  }

  /** Returns the folders that any claims of the place name. */
  async named(): Promise<string[]> {
    const named: string[] = [];
    for await (const { key } of listObjects(this.place, CLAIMS))
      named.push(...foldersIn(await this.place.get(key)));
    return [...new Set(named)];
  }

  /** Reports whether a claim is still there. */
  async isThere(id: string): Promise<boolean> {
    return (await this.place.get(CLAIMS + id)) !== undefined;
  }

  /**
   * Waits to see whether any process of a job is running, if there are signs of life.
   * @param id the job's claim
   * @throws InvalidInputError with the code `job-running` if one is
   */
  async requireIdle(id: string): Promise<void> {
    const found = await this.tagsBelow(`${id}.`);
    if (found.size === 0) return;
    await sleep(this.silenceMs, undefined, { signal: this.signal });
    if (changedKey(found, await this.tagsBelow(`${id}.`)) === undefined) return;
    throw new InvalidInputError(`A process of the job is still writing to ${this.place.id}.`, {
      remedy: 'Stop the processes of the job, then try again.',
      fields: { code: 'job-running' },
    });
  }

  /**
   * Continues with the claim of a job that is resumed, or that other processes work on as well.
   * @throws InvalidInputError if another job has taken the place
   */
  async renew(id: string): Promise<void> {
    this.id = id;
    await this.check();
    this.noted = foldersIn(await this.place.get(CLAIMS + id));
    this.keepAlive();
  }

  /**
   * Looks whether the claim is still there, if another job may have taken the place since it was last found, as while
   * this machine slept.
   * @throws InvalidInputError if another job has taken the place
   */
  async requireHeld(): Promise<void> {
    if (Date.now() - this.foundMs > this.silenceMs) await this.check();
    else this.refuseLost();
  }

  private refuseLost(): void {
    if (!this.isLost) return;
    throw new InvalidInputError(`Another job has taken ${this.place.id} while this one was stopped.`, {
      remedy: say`Choose another prefix, or start again by ${OVERWRITE} when that job has ended.`,
      fields: { code: 'output-taken', options: ['output'], state: 'claimed' },
    });
  }

  /**
   * Looks whether the claim is still there.
   * @throws InvalidInputError if another job has taken the place
   */
  async check(): Promise<void> {
    if (this.id === undefined) return;
    const nowMs = Date.now();
    this.isLost = !(await this.isThere(this.id));
    this.refuseLost();
    this.foundMs = nowMs;
  }

  /** Gives the place up: the dataset is complete, or nothing of the job is left. */
  async release(): Promise<void> {
    await this.endBeats();
    const { id } = this;
    this.id = undefined;
    if (id === undefined) return;
    const keys: string[] = [];
    for await (const { key } of listObjects(this.place, CLAIMS + id)) keys.push(key);
    await this.place.remove(keys);
  }

  /**
   * Gives the place up because the job failed before it was on record. A claim that names folders of jobs whose claims it
   * has replaced stays, as nothing else names these: the next job replaces it in turn. It doesn't fail, as that would hide
   * why the job did.
   */
  async giveBack(): Promise<void> {
    await (this.isHeir ? this.close() : this.release()).catch(() => undefined);
  }

  /** Ends the work of this process, and leaves the claim there for others and for when the job is resumed. */
  async close(): Promise<void> {
    if (this.timer === undefined || this.id === undefined) return;
    await this.endBeats();
    await this.place.remove([CLAIMS + this.id + this.beatName]).catch(() => undefined);
  }

  private keepAlive(): void {
    const beat = async (id: string): Promise<void> => {
      await this.check();
      await this.write(id + this.beatName);
    };
    const next = (): void => {
      // A failure of the network must not end the job here, as sending fails then, too.
      if (this.id !== undefined) this.beating = beat(this.id).catch(() => undefined);
    };
    next();
    this.timer = setInterval(next, this.silenceMs / 3).unref();
  }

  private async endBeats(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
  }

  /** Removes the claims of others, unless one of these is running. */
  private async replace(
    found: ReadonlyMap<string, string>,
    overwrite: boolean,
    emit: (event: JobEvent) => void,
  ): Promise<void> {
    const [first = ''] = found.keys();
    if (!overwrite) throw await this.claimedBy(first);
    const message = `Another job has claimed ${this.place.id}; waiting ${Math.ceil(this.silenceMs / 1000)} s to see whether it is still running.`;
    emit({ event: 'log', level: 'info', message });
    await sleep(this.silenceMs, undefined, { signal: this.signal });
    const now = await this.others();
    const alive = changedKey(found, now);
    if (alive !== undefined) throw await this.claimedBy(alive, true);
    await this.takeOver(now.keys());
    await this.place.remove([...found.keys()]);
  }

  /** Names in this claim what other claims name, before these are removed. */
  private async takeOver(keys: Iterable<string>): Promise<void> {
    const inherited: string[] = [];
    for (const key of keys) inherited.push(...foldersIn(await this.place.get(key)));
    if (inherited.length === 0 || this.id === undefined) return;
    this.noted = [...new Set([...this.noted, ...inherited])];
    await this.write(this.id, this.noted);
    this.isHeir = true;
  }

  /** Returns the tags of the claims and signs of life of other jobs, by their keys. */
  private async others(): Promise<Map<string, string>> {
    const own = CLAIMS + (this.id ?? '');
    const found = await this.tagsBelow('');
    return new Map([...found].filter(([key]) => !key.startsWith(own)));
  }

  /** Returns the tags of the claims and signs of life whose names begin so, by their keys. */
  private async tagsBelow(start: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for await (const { key, tag } of listObjects(this.place, CLAIMS + start)) found.set(key, tag);
    return found;
  }

  private async claimedBy(key: string, isAlive = false): Promise<InvalidInputError> {
    const bytes = await this.place.get(key);
    const who = new TextDecoder().decode(bytes).split('\n')[0] ?? '';
    const fields = { code: 'output-taken', options: ['output'], state: 'claimed' };
    return new InvalidInputError(
      `Another job, ${who}, ${isAlive ? 'is writing to' : 'has claimed'} ${this.place.id}.`,
      {
        remedy: isAlive
          ? 'Wait until it has ended, or choose another prefix.'
          : say`Wait until it has ended, choose another prefix, or if it will never continue, replace what it left by ${OVERWRITE}.`,
        fields,
      },
    );
  }

  /** Writes a claim or a sign of life. Its tag differs each time, since its bytes do. */
  private async write(name: string, folders: readonly string[] = []): Promise<void> {
    const lines = [`process ${process.pid} on ${hostname()}`, randomUUID(), ...folders];
    const text = lines.map((line) => `${line}\n`).join('');
    const object = outgoingBytes(Buffer.from(text), {
      key: CLAIMS + name,
      modifiedMs: Date.now(),
      contentType: 'text/plain',
      contentEncoding: undefined,
    });
    await this.place.put(object, this.signal);
  }
}

/** Returns the first key whose object is new or was written again; undefined if there is none. */
function changedKey(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string | undefined {
  return [...now].find(([key, tag]) => before.get(key) !== tag)?.[0];
}

/** Returns the folders that the bytes of a claim name. They follow the lines about the process, with one folder in each line. */
function foldersIn(bytes: Uint8Array | undefined): string[] {
  const [, , ...folders] = new TextDecoder().decode(bytes).split('\n');
  return folders.filter((folder) => folder !== '');
}
