import { Worker } from 'node:worker_threads';
import { InvalidInputError, IoError, deserializeError, type SerializedError } from '../../shared/base/errors';

/** A thread's answer to a question. After its last one the thread is ended, and the next question goes to a new one. */
export type ThreadAnswer = ({ readonly result: unknown } | { readonly error: SerializedError }) & {
  readonly isLast?: boolean;
};

/** A thread that gets no question for this time is ended, because it holds a library's memory. */
const IDLE_MS = 30_000;

/**
 * A thread for work that may never end, such as decoding damaged data. It gets one question at a time, and is ended
 * if it doesn't answer. The next question goes to a new thread, so no question may rely on earlier ones. The thread
 * doesn't keep the process alive.
 */
export class WatchedThread {
  private worker: Worker | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private asked = 0;

  /** @param file returns the path of the script, which answers each message with a {@link ThreadAnswer} */
  constructor(private readonly file: () => string) {}

  /**
   * @param complaint the beginning of the error message if there is no answer, without a full stop
   * @throws the error that the thread reports; InvalidInputError if it doesn't answer in time
   */
  ask(question: object, complaint: string, limitMs: number): Promise<unknown> {
    this.asked++;
    const answer = this.last.then(() => this.send(question, complaint, limitMs));
    this.last = answer.then(
      () => this.rest(),
      () => this.rest(),
    );
    return answer;
  }

  private async send(question: object, complaint: string, limitMs: number): Promise<unknown> {
    const worker = (this.worker ??= new Worker(this.file()));
    worker.ref();
    const answer = await new Promise<ThreadAnswer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.end(worker);
        settle(() => {
          reject(tooSlow(complaint, limitMs));
        });
      }, limitMs);
      const onFailure = (error: unknown) => {
        this.end(worker);
        settle(() => {
          reject(new IoError(`${complaint}: the thread that reads it ended (${String(error)}).`));
        });
      };
      const onExit = (code: number) => {
        onFailure(`exit ${code}`);
      };
      const onMessage = (message: ThreadAnswer) => {
        settle(() => {
          resolve(message);
        });
      };
      const settle = (how: () => void) => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onFailure).off('exit', onExit);
        how();
      };
      worker.on('message', onMessage).on('error', onFailure).on('exit', onExit);
      worker.postMessage(question);
    });
    if (answer.isLast === true) this.end(worker);
    if ('error' in answer) throw deserializeError(answer.error);
    return answer.result;
  }

  private end(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
    // Late events of a thread that was given up don't matter.
    worker.on('error', () => undefined);
    void worker.terminate();
  }

  private rest(): void {
    const { worker, asked } = this;
    worker?.unref();
    setTimeout(() => {
      if (worker !== undefined && worker === this.worker && asked === this.asked) this.end(worker);
    }, IDLE_MS).unref();
  }
}

function tooSlow(complaint: string, limitMs: number): InvalidInputError {
  const seconds = Math.max(1, Math.round(limitMs / 1000));
  return new InvalidInputError(`${complaint}: it was not decoded within ${seconds} s.`, {
    remedy:
      'The file is damaged there, so its decoder never finishes, or the disk does not answer. Copy the file again from the original.',
  });
}
