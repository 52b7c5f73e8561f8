import { fork, type ChildProcess } from 'node:child_process';
import type { JobEvent } from '../../shared/api/job-events';
import type { ScaleMap, StoredEngineJob } from '../../shared/api/job-types';
import type { PublishPlanSummary, PublishProgress, PublishSummary } from '../../shared/api/publish-events';
import type { TargetSpec } from '../../shared/api/publish-spec';
import type { CheckReport, PublishConsent, Secret } from '../../shared/api/publish-types';
import { IoError, serializeError, type SerializedError } from '../../shared/base/errors';
import type { BucketOutput } from './bucket-output';
import type { AskUser } from './prompts';
import type { ServerToken } from './source-tokens';
import type { SquareChange } from './done-map';

export interface EngineRequest {
  readonly kind: StoredEngineJob['kind'];
  readonly spec: unknown;
  /** The folder of this machine in which the job works. */
  readonly folder: string;
  readonly resume: boolean;
  readonly overwrite: boolean;
  /** The token for reading from the input's server. */
  readonly token?: ServerToken | undefined;
  /** The place of the dataset if it isn't the output folder. */
  readonly bucket?: BucketOutput | undefined;
}

export interface PublishRequest {
  readonly kind: 'publish';
  readonly dataset: string;
  readonly spec: TargetSpec;
  readonly consent: PublishConsent;
  readonly viewerUrl: string;
  readonly secret?: Secret | undefined;
  /** Fingerprint of the host's key that the user has confirmed. */
  readonly hostKey?: string | undefined;
}

export type JobRequest = EngineRequest | PublishRequest;

/**
 * From the host to a job's process. Secrets are only sent in this way, because arguments and the environment are
 * visible to others.
 */
export type JobCommand =
  | { readonly command: 'run'; readonly request: JobRequest; readonly workerFile: string }
  | { readonly command: 'cancel' }
  /** To the question of this number. */
  | { readonly command: 'answer'; readonly number: number; readonly text?: string | undefined };

/** The surroundings of the engine's work in a job's process. */
export interface EngineSurroundings {
  readonly workerFile: string;
  readonly signal: AbortSignal;
  readonly send: (message: JobEvent) => void;
}

/** A question to the user, from a job's process to the host. */
export interface JobQuestion {
  readonly event: 'ask';
  readonly number: number;
  readonly question: Parameters<AskUser>[0];
}

/** From a job's process to the host. */
export type JobMessage =
  | JobEvent
  | { readonly event: 'planned'; readonly maps: ScaleMap[] }
  | { readonly event: 'squares'; readonly squares: readonly SquareChange[] }
  | { readonly event: 'publish-planned'; readonly plan: PublishPlanSummary }
  | { readonly event: 'publish-progress'; readonly progress: PublishProgress }
  | { readonly event: 'published'; readonly summary: PublishSummary; readonly check?: CheckReport };

const LAST_EVENTS: readonly JobMessage['event'][] = ['done', 'published', 'failed', 'cancelled'];

/** One job in a separate process, with its own memory, so that a crash affects nothing else. */
export class JobProcess {
  private readonly child: ChildProcess;
  private ended = false;
  /** Ends the questions that wait when the job is cancelled, and when the process ends. */
  private readonly questions = new AbortController();
  /** Resolves when its last message was handled. */
  readonly over: Promise<void>;

  /** @param onMessage receives the job's messages; the last one is 'done', 'published', 'failed' or 'cancelled' */
  constructor(
    files: { readonly jobFile: string; readonly workerFile: string },
    request: Promise<JobRequest>,
    private readonly ask: AskUser,
    private readonly onMessage: (message: JobMessage) => void,
  ) {
    this.child = fork(files.jobFile, { serialization: 'json', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let lastWords = '';
    this.child.stderr?.on('data', (text: Buffer) => (lastWords = (lastWords + text.toString()).slice(-2000)));
    this.child.on('message', (message) => {
      const known = message as JobMessage | JobQuestion;
      if (known.event === 'ask') void this.passOn(known);
      else this.handle(known);
    });
    this.over = new Promise((resolve) => {
      const end = (how: string): void => {
        this.questions.abort();
        this.fail(how, lastWords);
        resolve();
      };
      this.child.on('error', (error) => end(error.message));
      this.child.once('exit', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        // Its last messages may still wait in the channel, which closes after they were handled.
        if (this.child.connected) this.child.once('disconnect', () => end(how));
        else end(how);
      });
    });
    request.then(
      (known) => this.send({ command: 'run', request: known, workerFile: files.workerFile }),
      (error: unknown) => {
        this.handle({ event: 'failed', error: serializeError(error) });
        this.child.kill();
      },
    );
  }

  cancel(): void {
    this.send({ command: 'cancel' });
    this.questions.abort();
  }

  private async passOn({ number, question }: JobQuestion): Promise<void> {
    const text = await this.ask(question, this.questions.signal);
    this.send({ command: 'answer', number, text });
  }

  private send(command: JobCommand): void {
    // A process that has just ended needs no command. Its last message or its exit code says how it ended.
    if (this.child.connected) this.child.send(command, () => undefined);
  }

  private handle(message: JobMessage): void {
    if (this.ended) return;
    this.ended = LAST_EVENTS.includes(message.event);
    this.onMessage(message);
  }

  /** Reports that the process ended before it reported the job's result. */
  private fail(how: string, lastWords = ''): void {
    if (this.ended) return;
    const error: SerializedError = serializeError(
      new IoError(`The job's process ended unexpectedly (${how}).`, {
        retryable: true,
        remedy: 'Resume the job; if it ends again, allow it more memory or fewer workers.',
        details: lastWords.trim() === '' ? [] : lastWords.trim().split('\n').slice(-5),
      }),
    );
    this.handle({ event: 'failed', error });
  }
}
