import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** Ends a process at the end of the current test, and waits until it has ended. */
export function endWithTest(child: ChildProcess, signal: NodeJS.Signals): void {
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill(signal);
    await ended;
  });
}
