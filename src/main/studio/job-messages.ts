import type { StudioEvent } from '../../shared/api/contract-types';
import {
  jobErrorSchema,
  type JobLogEntry,
  type StoredEngineJob,
  type StoredJob,
  type StoredPublishJob,
} from '../../shared/api/job-types';
import { publishPlanSchema, publishProgressSchema } from '../../shared/api/publish-types';
import { BugError } from '../../shared/base/errors';
import { counted } from '../../shared/base/format-quantity';
import type { JobMessage } from './job-process';
import { addPoint, applySquares, continued, type QueueEntry } from './queue-entry';

/** The fields that can change in any job. */
export type Change = Partial<Pick<StoredJob, 'state' | 'finishedMs' | 'error' | 'interruption'>>;

/** What a message from a job's process does besides changing the job's entry. */
export interface MessageEffects {
  /** Adds a line to the job's log. */
  readonly note: (level: JobLogEntry['level'], message: string) => void;
  readonly publish: (event: StudioEvent) => void;
  /** Publishes and stores the changed entry. */
  readonly changed: () => void;
  /** Stores the entry, though not at once, as there is progress many times a second. */
  readonly progressed: () => void;
  /** Ends the job, and publishes and stores it. */
  readonly finish: (change: Change) => void;
  /** Called when the engine's work is done, before the job counts as ended. */
  readonly onDone: (job: StoredEngineJob) => void;
}

type Message<Event extends JobMessage['event']> = Extract<JobMessage, { event: Event }>;
type UploadMessage = Message<'publish-planned' | 'publish-progress' | 'published'>;
type WorkMessage = Message<'planned' | 'started' | 'squares' | 'progress' | 'task-done' | 'done'>;

const STOPPED = {
  paused: 'Paused.',
  cancelled: 'Cancelled.',
  interrupted: 'Interrupted, as the program was closed.',
} as const;

/**
 * Applies a message from a job's process to the job's entry in the queue.
 * @throws BugError if jobs of this kind don't send such messages
 */
export function applyMessage(entry: QueueEntry, message: JobMessage, effects: MessageEffects): void {
  const { stored } = entry;
  switch (message.event) {
    case 'log':
      return effects.note(message.level, message.message);
    case 'failed': {
      const error = jobErrorSchema.parse(message.error);
      effects.note('error', [error.message, ...(error.details ?? [])].join('\n'));
      return effects.finish({ state: 'failed', error });
    }
    case 'cancelled':
      return applyStop(entry, effects);
    case 'publish-planned':
    case 'publish-progress':
    case 'published':
      if (stored.kind === 'publish') return applyUpload(entry, stored, message, effects);
      break;
    case 'planned':
    case 'started':
    case 'squares':
    case 'progress':
    case 'task-done':
    case 'done':
      if (stored.kind !== 'publish') return applyWork(entry, stored, message, effects);
      break;
  }
  throw new BugError(`A job to ${stored.kind} says '${message.event}'.`);
}

/** A job that the user neither paused nor cancelled was stopped because the program ends. */
function applyStop(entry: QueueEntry, { note, finish }: MessageEffects): void {
  const asked = entry.stored.state;
  const state = asked === 'pausing' ? 'paused' : asked === 'cancelling' ? 'cancelled' : 'interrupted';
  note('info', STOPPED[state]);
  entry.stored = continued(entry.stored);
  finish({ state, ...(state === 'interrupted' ? { interruption: 'closed' } : {}) });
}

function applyWork(
  entry: QueueEntry,
  stored: StoredEngineJob,
  message: WorkMessage,
  { note, publish, changed, progressed, finish, onDone }: MessageEffects,
): void {
  switch (message.event) {
    case 'planned':
      entry.maps = message.maps;
      entry.squares = [];
      return changed();
    case 'squares':
      return applySquares(entry, message.squares);
    case 'started': {
      note('info', `Started with ${counted(message.workers, 'worker')}.`);
      if (message.resumedTasks > 0) note('info', `Done already: ${counted(message.resumedTasks, 'part')}.`);
      const stages = message.stages.map(({ name, workVoxels }) => ({ name, workVoxels }));
      entry.stored = { ...stored, mode: 'resume', stages };
      return changed();
    }
    case 'progress': {
      const { event, ...progress } = message;
      entry.stored = { ...stored, progress };
      addPoint(entry, [progress.elapsedMs / 1000, progress.voxelsPerSecond, progress.memoryBytes]);
      const { squares } = entry;
      entry.squares = [];
      progressed();
      return publish({ type: event, id: stored.id, progress, squares });
    }
    case 'task-done':
      return;
    case 'done':
      note('info', 'Done.');
      entry.stored = { ...stored, summary: message.summary };
      onDone(stored);
      finish({ state: 'done' });
      return publish({ type: 'library' });
  }
}

function applyUpload(
  entry: QueueEntry,
  stored: StoredPublishJob,
  message: UploadMessage,
  { note, publish, changed, progressed, finish }: MessageEffects,
): void {
  switch (message.event) {
    case 'publish-planned': {
      const plan = publishPlanSchema.parse(message.plan);
      note('info', `${counted(plan.files, 'file')} to send, ${plan.unchangedFiles} already there.`);
      entry.stored = { ...stored, plan };
      return changed();
    }
    case 'publish-progress': {
      const progress = publishProgressSchema.parse(message.progress);
      entry.stored = { ...stored, progress };
      addPoint(entry, [progress.elapsedMs / 1000, progress.bytesPerSecond, progress.filesPerSecond]);
      progressed();
      return publish({ type: message.event, id: stored.id, progress });
    }
    case 'published': {
      const { summary, check } = message;
      note(
        'info',
        `Published: ${counted(summary.files, 'file')} sent, ${summary.unchangedFiles} already there.`,
      );
      for (const finding of check?.findings ?? []) note('warning', finding.message);
      entry.stored = { ...stored, summary, ...(check === undefined ? {} : { check }) };
      return finish({ state: 'done' });
    }
  }
}
