import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, onTestFinished, TestRunner } from 'vitest';

const ofFile: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const action of ofFile.splice(0).reverse()) await action();
});

/** Does something at the end of the current test or, in `beforeAll`, once all tests of the file have ended. */
export function atEnd(action: () => Promise<void>): void {
  if (TestRunner.getCurrentTest() === undefined) ofFile.push(action);
  else onTestFinished(action);
}

/** Ends a process at the end of the current test, and waits until it has ended. */
export function endWithTest(child: ChildProcess, signal: NodeJS.Signals): void {
  atEnd(ending(child, signal));
}

/** Does something once all tests of the file have ended, also if a test asks for it. */
export function atEndOfFile(action: () => Promise<void>): void {
  ofFile.push(action);
}

/** Ends a process once all tests of the file have ended, and waits until it has ended. */
export function endWithFile(child: ChildProcess, signal: NodeJS.Signals): void {
  atEndOfFile(ending(child, signal));
}

function ending(child: ChildProcess, signal: NodeJS.Signals): () => Promise<void> {
  const ended = once(child, 'exit');
  return async () => {
    child.kill(signal);
    await ended;
  };
}
