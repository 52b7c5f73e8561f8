import { randomUUID } from 'node:crypto';
import type { Prompt } from '../../shared/api/contract-types';
import { InvalidInputError } from '../../shared/base/errors';

/** Hosts close a login that isn't complete after two minutes, by OpenSSH's default. */
const PATIENCE_MS = 120_000;

interface OpenPrompt {
  readonly prompt: Prompt;
  readonly settle: (answer: string | undefined) => void;
}

/** Asks the user a question of a host, whose answer is used once and kept nowhere. */
export type AskUser = (question: Omit<Prompt, 'id'>, signal?: AbortSignal) => Promise<string | undefined>;

/** Questions of hosts that wait for the user, such as for a one-time code. All pages show them. */
export class Prompts {
  private readonly open = new Map<string, OpenPrompt>();

  /** @param changed is called when a question is added or goes away */
  constructor(private readonly changed: () => void) {}

  list(): Prompt[] {
    return [...this.open.values()].map(({ prompt }) => prompt);
  }

  /** Resolves to undefined if the user declines, if nobody answers in time, and if `signal` aborts. */
  readonly ask: AskUser = (question, signal) => {
    // The last message of a process may come after its end.
    if (signal?.aborted === true) return Promise.resolve(undefined);
    const id = randomUUID();
    return new Promise((resolve) => {
      const settle = (answer: string | undefined): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        this.open.delete(id);
        this.changed();
        resolve(answer);
      };
      const giveUp = (): void => settle(undefined);
      const timer = setTimeout(giveUp, PATIENCE_MS);
      signal?.addEventListener('abort', giveUp);
      this.open.set(id, { prompt: { id, ...question }, settle });
      this.changed();
    });
  };

  /** @throws InvalidInputError if the question doesn't wait any more */
  answer(id: string, text: string | undefined): void {
    const open = this.open.get(id);
    if (open === undefined) {
      throw new InvalidInputError('The answer came too late: the host has stopped waiting for it.', {
        remedy: 'Connect again.',
      });
    }
    open.settle(text);
  }
}
