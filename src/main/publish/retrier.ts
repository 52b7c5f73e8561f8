import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, IoError } from '../../shared/base/errors';
import type { AdaptiveLimit } from './adaptive-limit';

const ATTEMPTS = 10;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 20_000;

/**
 * Tries again what failed but may succeed (IoError.retryable), after a random time up to a bound that doubles
 * ("full jitter": M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). A failure whose
 * `fields.throttled` is true also lowers the limit of parallel transfers.
 */
export class Retrier {
  /** How often something was tried again. */
  retries = 0;

  constructor(
    private readonly signal: AbortSignal,
    private readonly firstDelayMs = FIRST_DELAY_MS,
    private readonly limit?: AdaptiveLimit,
  ) {}

  readonly run = async <T>(action: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      if (this.signal.aborted) throw new CancelledError();
      try {
        const result = await action();
        this.limit?.succeeded();
        return result;
      } catch (error) {
        if (this.signal.aborted) throw new CancelledError();
        if (!(error instanceof IoError) || !error.retryable) throw error;
        if (error.fields['throttled'] === true) this.limit?.throttled();
        if (attempt === ATTEMPTS) throw error;
      }
      this.retries++;
      const bound = Math.min(LONGEST_DELAY_MS, this.firstDelayMs * 2 ** (attempt - 1));
      await sleep(Math.random() * bound, undefined, { signal: this.signal }).catch(() => undefined);
    }
  };
}
