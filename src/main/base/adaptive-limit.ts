/**
 * After it was lowered, the limit stays the same for this time: the running transfers were started under the old
 * limit.
 */
const COOL_DOWN_MS = 1000;

/**
 * Limits how many transfers run at the same time and how many bytes they hold. The number of transfers grows by one
 * for each round of successes and is halved when the target complains (additive increase, multiplicative decrease).
 */
export class AdaptiveLimit {
  private limit: number;
  private running = 0;
  private heldBytes = 0;
  private loweredMs = 0;
  private readonly waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  constructor(
    start: number,
    private readonly most: number,
    private readonly mostBytes: number,
  ) {
    this.limit = start;
  }

  get parallel(): number {
    return Math.floor(this.limit);
  }

  /**
   * Waits until the transfer may start, in the order of the calls. `bytes` is the amount of memory that it will hold.
   */
  async acquire(bytes: number): Promise<void> {
    if (this.waiting.length === 0 && this.fits(bytes)) {
      this.take(bytes);
      return;
    }
    await new Promise<void>((start) => this.waiting.push({ bytes, start }));
  }

  /** Runs an action when it may start. */
  async run<T>(bytes: number, action: () => Promise<T>): Promise<T> {
    await this.acquire(bytes);
    try {
      return await action();
    } finally {
      this.release(bytes);
    }
  }

  release(bytes: number): void {
    this.running--;
    this.heldBytes -= bytes;
    for (let next = this.waiting[0]; next !== undefined && this.fits(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.take(next.bytes);
      next.start();
    }
  }

  succeeded(): void {
    this.limit = Math.min(this.most, this.limit + 1 / this.limit);
  }

  throttled(): void {
    const now = Date.now();
    if (now - this.loweredMs < COOL_DOWN_MS) return;
    this.loweredMs = now;
    this.limit = Math.max(1, this.limit / 2);
  }

  /** A single transfer is always allowed, even if it is large. */
  private fits(bytes: number): boolean {
    if (this.running === 0) return true;
    return this.running < this.parallel && this.heldBytes + bytes <= this.mostBytes;
  }

  private take(bytes: number): void {
    this.running++;
    this.heldBytes += bytes;
  }
}
