import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from 'vitest';
import { endWithTest } from './end-with-test';
import { freePort } from './free-port';

/**
 * Calls `describe` for tests that need a program of the system. They are skipped with a message if the program is
 * missing, unless PRECOMPUTED_STUDIO_TEST_ALL is set, which forbids skipping. `optional` programs, which aren't
 * available everywhere, may be missing even then.
 */
export function describeWith(program: string, name: string, body: () => void, optional = false): void {
  const all = process.env['PRECOMPUTED_STUDIO_TEST_ALL'] !== undefined;
  if (findProgram(program) !== undefined || (all && !optional)) {
    describe(name, body);
  } else {
    describe.skip(`${name} (skipped: ${program} is not installed)`, body);
  }
}

/**
 * Calls `describe` for tests that need a Python module, which isn't available everywhere. They are skipped with a
 * message if it is missing. PRECOMPUTED_STUDIO_PYTHON is the Python to use, `python3` by default.
 */
export function describeWithPython(module: string, name: string, body: (python: string) => void): void {
  const python = process.env['PRECOMPUTED_STUDIO_PYTHON'] ?? 'python3';
  try {
    execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
  } catch {
    describe.skip(`${name} (skipped: Python's ${module} is not installed)`, () => body(python));
    return;
  }
  describe(name, () => body(python));
}

/**
 * Returns the path of a program. It also searches system folders and Go's folder, which aren't in everybody's PATH.
 */
function findProgram(program: string): string | undefined {
  const home = process.env['HOME'] ?? '';
  const path = [process.env['PATH'], '/usr/sbin', '/usr/local/sbin', `${home}/go/bin`].join(':');
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], {
      env: { PATH: path },
      encoding: 'utf8',
    }).trim();
  } catch {
    return undefined;
  }
}

export function requireProgram(program: string): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}

/** A program that runs as a separate process and listens on a port of 127.0.0.1. */
export interface ListeningProgram {
  readonly child: ChildProcess;
  readonly port: number;
}

/**
 * Starts a program that listens on the given port, and waits until it does.
 * @param end says when the program ends; by default with the test
 */
export async function startListening(
  program: string,
  argsFor: (port: number) => readonly string[] | Promise<readonly string[]>,
  env: NodeJS.ProcessEnv = process.env,
  end: (child: ChildProcess, signal: NodeJS.Signals) => void = endWithTest,
): Promise<ListeningProgram> {
  const port = await freePort();
  const child = spawn(requireProgram(program), await argsFor(port), {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  end(child, 'SIGTERM');
  while (!(await isListening(port))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${program} ended before it listened: ${errors}`);
    await sleep(25);
  }
  return { child, port };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
