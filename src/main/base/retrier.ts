import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, IoError, type StudioError } from '../../shared/base/errors';
import type { AdaptiveLimit } from './adaptive-limit';
import { neverAborted } from './never-aborted';

const ATTEMPTS = 10;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 20_000;

/** A server that asks for a longer pause is treated like one that refuses. */
const LONGEST_ASKED_MS = 120_000;

/**
 * Repeats actions that failed but may succeed later (IoError.retryable). It waits for a random time up to a bound
 * that doubles ("full jitter": M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), and at
 * least `fields.retryAfterMs` if the server asked for that. A failure whose `fields.throttled` is true also lowers
 * the limit of parallel transfers.
 *
 * An action is given up after a number of failures in a row. Failures before something got through don't count if the
 * connection broke (`fields.broken`): the action itself came further ({@link afterProgress}), or another one succeeded,
 * as many actions may share a connection that only lasts for some of them.
 */
export class Retrier {
  /** The number of repeated actions. */
  retries = 0;
  /** How often an action succeeded or came further. */
  private gotThrough = 0;

  constructor(
    private readonly signal = neverAborted(),
    private readonly firstDelayMs = FIRST_DELAY_MS,
    private readonly limit?: AdaptiveLimit,
    private readonly attempts = ATTEMPTS,
  ) {
    // Any number of actions may be running or waiting, and each adds a listener to the signal.
    setMaxListeners(0, signal);
  }

  readonly run = async <T>(action: () => Promise<T>): Promise<T> => {
    let gotThrough = this.gotThrough;
    for (let attempt = 1; ; attempt++) {
      if (this.signal.aborted) throw new CancelledError();
      let askedMs: number;
      try {
        const result = await action();
        this.limit?.succeeded();
        this.gotThrough++;
        return result;
      } catch (error) {
        if (this.signal.aborted) throw new CancelledError();
        if (!(error instanceof IoError) || !error.retryable) throw error;
        if (error.fields['throttled'] === true) this.limit?.throttled();
        if (error.fields['progressed'] === true) this.gotThrough++;
        if (error.fields['broken'] === true && this.gotThrough > gotThrough) attempt = 1;
        gotThrough = this.gotThrough;
        askedMs = Number(error.fields['retryAfterMs'] ?? 0);
        if (attempt === this.attempts || askedMs > LONGEST_ASKED_MS) throw error;
      }
      this.retries++;
      const bound = Math.min(LONGEST_DELAY_MS, this.firstDelayMs * 2 ** (attempt - 1));
      await sleep(askedMs + Math.random() * bound, undefined, { signal: this.signal }).catch(() => undefined);
    }
  };
}

/** Returns the failure of an action that came further than in the attempts before, from which another attempt continues. */
export function afterProgress(failure: StudioError): StudioError {
  if (!(failure instanceof IoError)) return failure;
  const { words, details, fields, retryable, cause } = failure;
  const { message, ...remedy } = words;
  return new IoError(message, {
    ...remedy,
    details,
    fields: { ...fields, progressed: true },
    retryable,
    cause,
  });
}
