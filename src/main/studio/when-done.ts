import type { Settings, StudioEvent } from '../../shared/api/contract-types';
import type { Job } from '../../shared/api/job-types';

/** Time to object, as the user may have come back. */
export const UNTIL_SLEEP_MS = 60_000;

export interface WhenDoneSurroundings {
  readonly wish: () => Settings['whenDone'];
  /** Says that the computer goes to sleep after {@link UNTIL_SLEEP_MS}. */
  readonly announce: () => void;
  readonly sleep: () => Promise<void>;
}

/** Puts the computer to sleep when no job is left to do, if the user wishes that. */
export class WhenDone {
  private running: readonly string[] = [];
  /** How many jobs are about to be added. */
  private coming = 0;
  private hasEnded = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly surroundings: WhenDoneSurroundings) {}

  handle(event: StudioEvent): void {
    if (event.type === 'settings' && event.settings.whenDone !== 'sleep') this.stop();
    if (event.type !== 'jobs') return;
    const { jobs } = event;
    this.hasEnded ||= jobs.some(({ id, state }) => this.running.includes(id) && ENDS.includes(state));
    this.running = jobs.filter(({ state }) => !AT_REST.includes(state)).map(({ id }) => id);
    if (this.running.length > 0) {
      this.hasEnded = false;
      this.stop();
    }
    this.decide();
  }

  /** Waits until a job that follows another one has been added, or can't be. */
  async expect(job: Promise<unknown>): Promise<void> {
    this.coming++;
    await job.catch(() => undefined);
    this.coming--;
    this.decide();
  }

  private decide(): void {
    if (!this.hasEnded || this.coming > 0) return;
    this.hasEnded = false;
    if (this.surroundings.wish() === 'sleep') this.begin();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private begin(): void {
    this.surroundings.announce();
    this.timer ??= setTimeout(() => void this.surroundings.sleep(), UNTIL_SLEEP_MS);
  }
}

/** A job that the user stops doesn't send the computer to sleep. */
const ENDS: readonly Job['state'][] = ['done', 'failed'];
const AT_REST: readonly Job['state'][] = [...ENDS, 'paused', 'cancelled', 'interrupted'];
