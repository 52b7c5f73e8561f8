import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** Ends a process when the test that asked for it ends, and waits until it has. */
export function endWithTest(child: ChildProcess, signal: NodeJS.Signals): void {
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill(signal);
    await ended;
  });
}
