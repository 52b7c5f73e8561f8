import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { IoError } from '../../src/shared/base/errors';
import type { JobEvent } from '../../src/shared/api/job-events';
import type { Measurement } from './harness';
import { setAside } from './set-aside';

const CLI_FILE = resolve('out/main/cli.js');

/**
 * Measures a whole conversion with the built command line, from the start of its process to its end, into a new
 * folder. `launcher` is a command that starts the command after it.
 */
export async function convertByCli(
  stack: string,
  output: string,
  options: readonly string[],
  launcher: readonly string[] = [],
): Promise<Measurement> {
  await setAside(output);
  const start = performance.now();
  const { stdout, cpuSeconds } = await runCli(['convert', stack, output, '--json', ...options], launcher);
  const seconds = (performance.now() - start) / 1000;
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as JobEvent;
  if (last.event !== 'done') throw new IoError(`the conversion ended with ${JSON.stringify(last)}`);
  return { seconds, cpuSeconds, peakMemoryBytes: last.summary.peakMemoryBytes };
}

/**
 * Returns a module that a process loads first, to write a line at its end into a file or an open one: how much processor
 * time all of its threads have used.
 */
function cpuReport(file: string | number): string {
  const write = `appendFileSync(${JSON.stringify(file)}, JSON.stringify(process.cpuUsage()) + '\\n')`;
  return `data:text/javascript,${encodeURIComponent(
    "import { isMainThread } from 'node:worker_threads';" +
      "import { appendFileSync } from 'node:fs';" +
      `if (isMainThread) process.on('exit', () => ${write});`,
  )}`;
}

/** Returns the value of NODE_OPTIONS by which processes that others start report their processor time to a file. */
export function reportingTo(file: string): string {
  return `--import=${cpuReport(file)}`;
}

/** Returns the sum of what processes have reported. */
export function cpuSecondsIn(reports: string): number {
  const lines = reports.split('\n').filter((line) => line !== '');
  const usages = lines.map((line) => JSON.parse(line) as NodeJS.CpuUsage);
  return usages.reduce((sum, { user, system }) => sum + (user + system) / 1e6, 0);
}

/** Runs the built command line to its end. @throws IoError if it fails */
export async function runCli(
  args: readonly string[],
  launcher: readonly string[] = [],
): Promise<{ readonly stdout: string; readonly cpuSeconds: number }> {
  const node = [process.execPath, '--import', cpuReport(3)];
  const [command = process.execPath, ...rest] = [...launcher, ...node, CLI_FILE, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const [stdout, usage, [code]] = await Promise.all([
    text(child.stdio[1] as Readable),
    text(child.stdio[3] as Readable),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new IoError(`${args.join(' ')} ended with code ${code}`);
  return { stdout, cpuSeconds: cpuSecondsIn(usage) };
}

/** Measures processes. @param run starts them, and returns the processor time that they took, if that is known */
export async function measureRun(run: () => Promise<number | undefined>): Promise<Measurement> {
  const start = performance.now();
  const cpuSeconds = await run();
  return { seconds: (performance.now() - start) / 1000, cpuSeconds };
}
