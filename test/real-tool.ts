import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { describe } from 'vitest';

/**
 * `describe` for tests that need a program of the system: skipped with a message where it isn't there, unless
 * PRECOMPUTED_STUDIO_TEST_ALL is set, which lets nothing be skipped; but `optional` programs, which can't be had
 * everywhere, may be missing even then.
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
 * `describe` for tests that need a module of Python, which is never needed where it can't be had: skipped with a message
 * where it isn't there. PRECOMPUTED_STUDIO_PYTHON names the Python, `python3` unless given.
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

/** The path of a program, system folders and Go's included, which are not in everybody's PATH. */
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

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Waits until something listens there. */
export async function untilListening(port: number, failed: () => string | undefined): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const problem = failed();
    if (problem !== undefined) throw new Error(problem);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`nothing listens on port ${port}`);
}
