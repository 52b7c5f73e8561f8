import { fork, type ChildProcess } from 'node:child_process';
import type { JobEvent } from '../../shared/api/job-events';
import { IoError, serializeError, type SerializedError } from '../../shared/base/errors';
import type { Vec3 } from '../../shared/base/vec3';

/** From the host to a job's process. */
export type JobCommand =
  | {
      readonly command: 'run';
      readonly spec: unknown;
      readonly resume: boolean;
      readonly overwrite: boolean;
      readonly workerFile: string;
    }
  | { readonly command: 'cancel' };

/** From a job's process to the host. */
export type JobMessage = JobEvent | { readonly event: 'planned'; readonly scales: readonly Vec3[] };

export interface JobRequest {
  readonly spec: unknown;
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** One job in a process of its own, whose memory and whose crash are its own too. */
export class JobProcess {
  private readonly child: ChildProcess;
  private ended = false;

  /** @param onMessage gets the job's messages, of which the last is 'done', 'failed' or 'cancelled' */
  constructor(
    files: { readonly jobFile: string; readonly workerFile: string },
    request: JobRequest,
    private readonly onMessage: (message: JobMessage) => void,
  ) {
    this.child = fork(files.jobFile, { serialization: 'json', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let lastWords = '';
    this.child.stderr?.on('data', (text: Buffer) => (lastWords = (lastWords + text.toString()).slice(-2000)));
    this.child.on('message', (message) => this.handle(message as JobMessage));
    this.child.on('error', (error) => this.fail(error.message));
    this.child.on('exit', (code, signal) => this.fail(signal ?? `exit code ${code}`, lastWords));
    this.send({ command: 'run', ...request, workerFile: files.workerFile });
  }

  cancel(): void {
    this.send({ command: 'cancel' });
  }

  private send(command: JobCommand): void {
    if (this.child.connected) this.child.send(command);
  }

  private handle(message: JobMessage): void {
    if (this.ended) return;
    this.ended = ['done', 'failed', 'cancelled'].includes(message.event);
    this.onMessage(message);
  }

  /** The process ended before it said how the job did. */
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
