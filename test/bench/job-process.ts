import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { IoError } from '../../src/shared/base/errors';
import type { JobEvent } from '../../src/shared/api/job-events';
import type { Measurement } from './harness';

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
  await rm(output, { recursive: true, force: true });
  const start = performance.now();
  const { stdout } = await runCli(['convert', stack, output, '--json', ...options], launcher);
  const seconds = (performance.now() - start) / 1000;
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as JobEvent;
  if (last.event !== 'done') throw new IoError(`the conversion ended with ${JSON.stringify(last)}`);
  return { seconds, peakMemoryBytes: last.summary.peakMemoryBytes };
}

/** Runs the built command line to its end. @throws IoError if it fails */
export async function runCli(
  args: readonly string[],
  launcher: readonly string[] = [],
): Promise<{ readonly stdout: string }> {
  const [command = process.execPath, ...rest] = [...launcher, process.execPath, CLI_FILE, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new IoError(`${args.join(' ')} ended with code ${code}`);
  return { stdout };
}
