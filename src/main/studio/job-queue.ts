import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { StudioEvent } from '../../shared/api/contract-types';
import {
  storedJobSchema,
  workFolderOf,
  type Job,
  type JobLogEntry,
  type StoredEngineJob,
  type StoredJob,
  type StoredPublishJob,
} from '../../shared/api/job-types';
import type { CheckReport } from '../../shared/api/publish-types';
import { InvalidInputError } from '../../shared/base/errors';
import { readDoneParts } from '../engine/job/done-parts';
import { mapOfParts } from './done-map';
import type { JobLogs } from './job-logs';
import type { JsonFile } from '../base/json-file';
import { applyMessage, type Change, type MessageEffects } from './job-messages';
import type { JobMessage, JobProcess } from './job-process';
import {
  continued,
  describeEntry,
  isAt,
  isOver,
  laneOf,
  newEntry,
  refuseClash,
  relocated,
  wasActive,
  type QueueEntry,
} from './queue-entry';

export const storedJobsSchema = z.array(storedJobSchema);

type SetByQueue = 'id' | 'state' | 'createdMs';
/** A job that is to be added. */
export type NewJob = Omit<StoredEngineJob, SetByQueue> | Omit<StoredPublishJob, SetByQueue>;
export interface QueueSurroundings {
  readonly file: JsonFile<StoredJob[]>;
  readonly logs: JobLogs;
  readonly start: (job: StoredJob, onMessage: (message: JobMessage) => void) => JobProcess;
  readonly publish: (event: StudioEvent) => void;
  /** Called when an upload is done, has failed or was cancelled. */
  readonly onUploadOver: (job: StoredPublishJob) => void;
  /** Called when the engine's work is done. */
  readonly onDone: (job: StoredEngineJob) => void;
  /** Called when a job was removed from the list. */
  readonly onRemoved: (job: StoredJob) => void;
}

const CRASHED = 'Interrupted: the program crashed, the power failed, or the system ended it.';

/** Progress is on the disk after this time at the latest, so that it hardly falls back if the program crashes. */
const PROGRESS_SAVE_MS = 2000;

/**
 * Runs the jobs one after the other in separate processes, with an upload next to a conversion. The list outlives
 * this program.
 */
export class JobQueue {
  private entries: QueueEntry[] = [];
  private closing = false;
  private progressSave: NodeJS.Timeout | undefined;
  /** Folders to which something is being done; see {@link whileIdle}. */
  private readonly held = new Set<string>();

  constructor(private readonly surroundings: QueueSurroundings) {}

  /** Takes over the jobs of an earlier run of the program. A job that was running then was interrupted. */
  restore(stored: readonly StoredJob[]): void {
    this.entries = stored.map((job) =>
      newEntry(wasActive(job) ? { ...continued(job), state: 'interrupted', interruption: 'crashed' } : job),
    );
    for (const [i, job] of stored.entries()) {
      const entry = this.entries[i];
      if (entry !== undefined && wasActive(job)) this.note(entry, 'warning', CRASHED);
    }
    this.startNext();
    void this.restoreMaps();
  }

  /** Restores the maps of unfinished jobs from their journals. */
  private async restoreMaps(): Promise<void> {
    for (const entry of this.entries) {
      const { stored } = entry;
      if (stored.kind !== 'convert' && stored.kind !== 'mesh') continue;
      if (stored.state === 'done' || entry.maps.length > 0) continue;
      const parts = await readDoneParts(workFolderOf(stored)).catch(() => undefined);
      if (parts === undefined || entry.maps.length > 0) continue;
      entry.maps = mapOfParts(parts).describe();
      this.surroundings.publish({ type: 'jobs', jobs: this.list() });
    }
  }

  list(): Job[] {
    return this.entries.map(describeEntry);
  }

  log(id: string): Promise<JobLogEntry[]> {
    return this.surroundings.logs.read(id);
  }

  /** @throws InvalidInputError if it would interfere with another job that isn't finished */
  add(job: NewJob): string {
    const stored: StoredJob = { ...job, id: randomUUID(), state: 'queued', createdMs: Date.now() };
    for (const other of this.entries) refuseClash(stored, other.stored);
    this.entries.push(newEntry(stored));
    this.startNext();
    this.changed();
    return stored.id;
  }

  pause(id: string): void {
    const entry = this.entry(id);
    if (entry.stored.state === 'queued') this.update(entry, { state: 'paused' });
    else if (entry.stored.state === 'running') this.stop(entry, 'pausing');
  }

  cancel(id: string): void {
    const entry = this.entry(id);
    if (entry.process !== undefined) this.stop(entry, 'cancelling');
    else if (!isOver(entry.stored)) this.update(entry, { state: 'cancelled', finishedMs: Date.now() });
  }

  /** @param mode what is done about what is in the job's folder; by default as before */
  resume(id: string, mode?: 'overwrite' | 'resume'): void {
    const entry = this.entry(id);
    const { state } = entry.stored;
    if (entry.process !== undefined || state === 'queued' || state === 'done') return;
    for (const other of this.entries) if (other !== entry) refuseClash(entry.stored, other.stored);
    const stored: StoredJob = { ...entry.stored, state: 'queued' };
    if (stored.kind !== 'publish' && mode !== undefined) stored.mode = mode;
    delete stored.error;
    delete stored.finishedMs;
    delete stored.interruption;
    entry.stored = stored;
    this.startNext();
    this.changed();
  }

  remove(id: string): void {
    const entry = this.entry(id);
    if (entry.process !== undefined) {
      throw new InvalidInputError('The job is running.', { remedy: 'Cancel it first.' });
    }
    this.entries = this.entries.filter((other) => other !== entry);
    this.surroundings.onRemoved(entry.stored);
    this.changed();
  }

  /**
   * Puts a removed job back into the list, in the state that it had.
   * @throws InvalidInputError if it would interfere with another job that isn't finished
   */
  putBack(job: StoredJob): void {
    for (const other of this.entries) refuseClash(job, other.stored);
    this.entries.push(newEntry(job));
    this.startNext();
    this.changed();
    void this.restoreMaps();
  }

  /**
   * Does something to a folder while no job reads or writes it. Jobs that would start there meanwhile wait.
   * @throws InvalidInputError if such a job is running, or something else is being done to the folder
   */
  async whileIdle<T>(folder: string, action: () => Promise<T>): Promise<T> {
    const busy = this.entries.find(({ process, stored }) => process !== undefined && isAt(stored, folder));
    if (busy !== undefined) {
      throw new InvalidInputError(`The job "${busy.stored.name}" is running in ${folder}.`, {
        remedy: 'Let it finish, or cancel it first.',
      });
    }
    if (this.held.has(folder)) {
      throw new InvalidInputError(`Something else is being done to ${folder}.`, {
        remedy: 'Try again when it is done.',
      });
    }
    this.held.add(folder);
    try {
      return await action();
    } finally {
      this.held.delete(folder);
      this.startNext();
      this.changed();
    }
  }

  /** Makes all jobs find a folder that was moved. To be called while it is idle. */
  follow(from: string, to: string): void {
    for (const entry of this.entries) entry.stored = relocated(entry.stored, from, to);
    this.changed();
  }

  move(id: string, position: number): void {
    const entry = this.entry(id);
    const rest = this.entries.filter((other) => other !== entry);
    const waiting = rest.filter(({ stored }) => stored.state === 'queued');
    const before = waiting[position];
    const index = before === undefined ? rest.length : rest.indexOf(before);
    this.entries = [...rest.slice(0, index), entry, ...rest.slice(index)];
    this.changed();
  }

  /** Stores a newer check of what an upload has sent. */
  keepCheck(id: string, check: CheckReport): void {
    const entry = this.entry(id);
    const { stored } = entry;
    if (stored.kind !== 'publish' || stored.summary?.url !== check.url) return;
    entry.stored = { ...stored, check };
    this.changed();
  }

  /** Stops running jobs so that they can be resumed, and waits until they have ended and the list is on the disk. */
  async close(): Promise<void> {
    this.closing = true;
    const running = this.entries.flatMap(({ process }) => process ?? []);
    for (const process of running) process.cancel();
    await Promise.all(running.map(({ over }) => over));
    clearTimeout(this.progressSave);
    await this.save();
    await this.surroundings.logs.close();
  }

  private note({ stored }: QueueEntry, level: JobLogEntry['level'], message: string): void {
    this.surroundings.logs.append(stored.id, { atMs: Date.now(), level, message });
  }

  private entry(id: string): QueueEntry {
    const entry = this.entries.find(({ stored }) => stored.id === id);
    if (entry === undefined) throw new InvalidInputError('There is no such job; it may have been removed.');
    return entry;
  }

  private startNext(): void {
    if (this.closing) return;
    for (const lane of ['processor', 'network'] as const) {
      const entries = this.entries.filter(({ stored }) => laneOf(stored) === lane);
      const next = entries.find(({ stored }) => stored.state === 'queued' && !this.isHeld(stored));
      if (next === undefined || entries.some(({ process }) => process !== undefined)) continue;
      next.stored = { ...next.stored, state: 'running' };
      next.history = [];
      next.process = this.surroundings.start(next.stored, (message) =>
        applyMessage(next, message, this.effectsOn(next)),
      );
    }
  }

  private effectsOn(entry: QueueEntry): MessageEffects {
    const { publish, onDone } = this.surroundings;
    return {
      note: (level, message) => this.note(entry, level, message),
      publish,
      changed: () => this.changed(),
      progressed: () => this.progressed(),
      finish: (change) => this.finish(entry, change),
      onDone,
    };
  }

  private isHeld(job: StoredJob): boolean {
    return [...this.held].some((folder) => isAt(job, folder));
  }

  private stop(entry: QueueEntry, state: 'pausing' | 'cancelling'): void {
    this.update(entry, { state });
    entry.process?.cancel();
  }

  private finish(entry: QueueEntry, change: Change): void {
    entry.process = undefined;
    entry.stored = { ...entry.stored, ...change, finishedMs: Date.now() };
    if (entry.stored.kind === 'publish' && entry.stored.state !== 'paused') {
      this.surroundings.onUploadOver(entry.stored);
    }
    this.startNext();
    this.changed();
  }

  private update(entry: QueueEntry, change: Change): void {
    entry.stored = { ...entry.stored, ...change };
    this.changed();
  }

  private changed(): void {
    this.surroundings.publish({ type: 'jobs', jobs: this.list() });
    this.store();
  }

  private progressed(): void {
    this.progressSave ??= setTimeout(() => {
      this.progressSave = undefined;
      this.store();
    }, PROGRESS_SAVE_MS);
  }

  private store(): void {
    this.save().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.surroundings.publish({
        type: 'notice',
        level: 'warning',
        message: `The queue can't be saved: ${message}`,
      });
    });
  }

  private save(): Promise<void> {
    return this.surroundings.file.save(this.entries.map(({ stored }) => stored));
  }
}
