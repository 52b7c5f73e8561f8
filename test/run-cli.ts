import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll } from 'vitest';
import type { JobEvent } from '../src/shared/api/job-events';

export const CLI_FILE = resolve('out/main/cli.js');

export interface CliResult {
  /** Exit code; null after a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly finished: Promise<CliResult>;
}

/** Processes that a failed test has left running. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the built command line. It is killed at the end of the test file if it is still running. */
export function startCli(args: readonly string[], options: SpawnOptions = {}): RunningCli {
  if (!existsSync(CLI_FILE)) throw new Error(`${CLI_FILE} isn't built: run npm run build first`);
  const child = spawn(process.execPath, [CLI_FILE, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const finished = once(child, 'close').then(([code]) => {
    running.delete(child);
    return { code: code as number | null, ...output };
  });
  return { child, finished };
}

export function runCli(args: readonly string[], options?: SpawnOptions): Promise<CliResult> {
  return startCli(args, options).finished;
}

/** Returns the events that `--json` printed. An incomplete last line of a killed process is left out. */
export function eventsOf({ stdout }: CliResult): JobEvent[] {
  return stdout
    .slice(0, stdout.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JobEvent);
}
