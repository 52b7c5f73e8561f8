/** Runs actions one after the other, in the order in which they came. One that fails doesn't stop those behind it. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** Returns the result of the action, which begins when all actions before it have ended. */
  take<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.last.then(action);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Waits until all actions have ended, failed or not. */
  async over(): Promise<void> {
    await this.last;
  }
}
