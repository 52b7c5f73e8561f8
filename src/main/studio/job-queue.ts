import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import type { Job, JobLogEntry, StoredJob, StudioEvent } from '../../shared/api/contract-types';
import { storedJobSchema } from '../../shared/api/contract-types';
import type { ConvertSpec } from '../../shared/api/job-spec';
import { InvalidInputError } from '../../shared/base/errors';
import type { JsonFile } from './json-file';
import type { JobMessage, JobProcess, JobRequest } from './job-process';

export const storedJobsSchema = z.array(storedJobSchema);

type WrittenBox = Job['written'][number];
/** Of the plot; a job of days keeps its shape by dropping every other point when it has twice as many. */
const HISTORY_POINTS = 600;
const LOG_ENTRIES = 5000;

interface Entry {
  stored: StoredJob;
  scales: Job['scales'];
  written: WrittenBox[];
  /** Of `written`, how many were told of. */
  told: number;
  history: Job['history'];
  log: JobLogEntry[];
  process: JobProcess | undefined;
}

export interface QueueSurroundings {
  readonly file: JsonFile<StoredJob[]>;
  readonly start: (request: JobRequest, onMessage: (message: JobMessage) => void) => JobProcess;
  readonly publish: (event: StudioEvent) => void;
}

/** The jobs, one after the other in processes of their own; what is known of them survives this program. */
export class JobQueue {
  private entries: Entry[] = [];
  private closing = false;

  constructor(private readonly surroundings: QueueSurroundings) {}

  /** Takes up the jobs of an earlier run; one that ran then was interrupted. */
  restore(stored: readonly StoredJob[]): void {
    this.entries = stored.map((job) => newEntry(wasActive(job) ? { ...job, state: 'interrupted' } : job));
    this.startNext();
  }

  list(): Job[] {
    return this.entries.map(({ stored, scales, written, history }) => ({
      ...stored,
      scales,
      written,
      history,
    }));
  }

  log(id: string): JobLogEntry[] {
    return this.entry(id).log;
  }

  /** @throws InvalidInputError where a job that isn't over has the same output */
  add(spec: ConvertSpec, mode: StoredJob['mode']): string {
    const rival = this.entries.find(({ stored }) => stored.output === spec.output && !isOver(stored));
    if (rival !== undefined) {
      throw new InvalidInputError(`Another job in the queue writes to ${spec.output}.`, {
        remedy: 'Choose another output folder, or remove that job first.',
        fields: { options: ['output'] },
      });
    }
    const { input, output } = spec;
    const id = randomUUID();
    const stored: StoredJob = {
      id,
      name: basename(output),
      spec: { ...spec },
      input,
      output,
      mode,
      state: 'queued',
      createdMs: Date.now(),
    };
    this.entries.push(newEntry(stored));
    this.startNext();
    this.changed();
    return id;
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

  resume(id: string): void {
    const entry = this.entry(id);
    const { state } = entry.stored;
    if (entry.process !== undefined || state === 'queued' || state === 'done') return;
    const stored: StoredJob = { ...entry.stored, state: 'queued' };
    delete stored.error;
    delete stored.finishedMs;
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

  /** Stops the running job so that it can be resumed, and waits until what is known is on disk. */
  async close(): Promise<void> {
    this.closing = true;
    for (const { process } of this.entries) process?.cancel();
    await this.save();
  }

  private entry(id: string): Entry {
    const entry = this.entries.find(({ stored }) => stored.id === id);
    if (entry === undefined) throw new InvalidInputError('There is no such job; it may have been removed.');
    return entry;
  }

  private startNext(): void {
    if (this.closing || this.entries.some(({ process }) => process !== undefined)) return;
    const next = this.entries.find(({ stored }) => stored.state === 'queued');
    if (next === undefined) return;
    next.stored = { ...next.stored, state: 'running' };
    next.history = [];
    const { spec, mode } = next.stored;
    const request = { spec, resume: mode === 'resume', overwrite: mode === 'overwrite' };
    next.process = this.surroundings.start(request, (message) => this.handle(next, message));
  }

  private stop(entry: Entry, state: 'pausing' | 'cancelling'): void {
    this.update(entry, { state });
    entry.process?.cancel();
  }

  private handle(entry: Entry, message: JobMessage): void {
    switch (message.event) {
      case 'planned':
        entry.scales = message.scales.map((size) => [...size]);
        return this.changed();
      case 'started':
        // From here on there is something to go on with.
        if (message.resumedTasks === 0) entry.written = [];
        entry.told = 0;
        note(entry, 'info', `Started with ${message.workers} workers.`);
        if (message.resumedTasks > 0) note(entry, 'info', `${message.resumedTasks} parts were done already.`);
        return this.update(entry, { mode: 'resume' });
      case 'progress':
        return this.handleProgress(entry, message);
      case 'task-done':
        entry.written.push({ scale: message.scale, min: [...message.min], max: [...message.max] });
        return;
      case 'log':
        return note(entry, message.level, message.message);
      case 'done':
        note(entry, 'info', 'Done.');
        this.finish(entry, { state: 'done', summary: message.summary });
        return this.surroundings.publish({ type: 'library' });
      case 'failed':
        note(entry, 'error', [message.error.message, ...(message.error.details ?? [])].join('\n'));
        return this.finish(entry, { state: 'failed', error: toErrorJson(message.error) });
      case 'cancelled':
        note(entry, 'info', entry.stored.state === 'pausing' ? 'Paused.' : 'Cancelled.');
        return this.finish(entry, { state: entry.stored.state === 'pausing' ? 'paused' : 'cancelled' });
    }
  }

  private handleProgress(entry: Entry, message: Extract<JobMessage, { event: 'progress' }>): void {
    const { event, ...progress } = message;
    entry.stored = { ...entry.stored, progress };
    entry.history.push([progress.elapsedMs / 1000, progress.voxelsPerSecond, progress.memoryBytes]);
    if (entry.history.length >= 2 * HISTORY_POINTS)
      entry.history = entry.history.filter((_, i) => i % 2 === 0);
    const written = entry.written.slice(entry.told);
    entry.told = entry.written.length;
    this.surroundings.publish({ type: event, id: entry.stored.id, progress, written });
  }

  private finish(entry: Entry, change: Partial<StoredJob>): void {
    entry.process = undefined;
    entry.told = entry.written.length;
    entry.stored = { ...entry.stored, ...change, finishedMs: Date.now() };
    this.startNext();
    this.changed();
  }

  private update(entry: Entry, change: Partial<StoredJob>): void {
    entry.stored = { ...entry.stored, ...change };
    this.changed();
  }

  private changed(): void {
    this.surroundings.publish({ type: 'jobs', jobs: this.list() });
    this.save().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.surroundings.publish({
        type: 'notice',
        level: 'warning',
        message: `The queue can't be kept: ${message}`,
      });
    });
  }

  private save(): Promise<void> {
    return this.surroundings.file.save(this.entries.map(({ stored }) => stored));
  }
}

function newEntry(stored: StoredJob): Entry {
  return { stored, scales: [], written: [], told: 0, history: [], log: [], process: undefined };
}

function wasActive({ state }: StoredJob): boolean {
  return state === 'running' || state === 'pausing' || state === 'cancelling';
}

function isOver({ state }: StoredJob): boolean {
  return state === 'done' || state === 'cancelled';
}

function note(entry: Entry, level: JobLogEntry['level'], message: string): void {
  entry.log.push({ atMs: Date.now(), level, message });
  if (entry.log.length > LOG_ENTRIES) entry.log.shift();
}

/** Copies what is read-only into what the schema of stored jobs has. */
function toErrorJson(
  error: Extract<JobMessage, { event: 'failed' }>['error'],
): NonNullable<StoredJob['error']> {
  return storedJobSchema.shape.error.unwrap().parse(error);
}
