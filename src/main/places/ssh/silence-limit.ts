/** Calls back when a host has not answered for some time. It is stopped while a person is being waited for. */
export class SilenceLimit {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly onSilence: () => void,
  ) {}

  /** Begins to wait for the host. The time before does not count. */
  start(): void {
    this.stop();
    this.timer = setTimeout(this.onSilence, this.limitMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
