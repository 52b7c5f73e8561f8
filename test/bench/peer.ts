/**
 * Python packages as contenders. They are installed into a virtual environment in the system's temporary folder,
 * which is created once and kept for later runs. A script in this folder does the work and reports its seconds.
 */
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { IoError } from '../../src/shared/base/errors';

interface PeerAnswer {
  readonly seconds: number;
  readonly bytes?: number;
  /** The number of triangles. */
  readonly count?: number;
}

/**
 * A running script. It reads one JSON request per line and answers each with one line of JSON, {"seconds": number}.
 */
export class PythonPeer<Answer = PeerAnswer> {
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    /** A time of `performance.now()`. */
    private readonly started: number,
  ) {
    this.lines = createInterface({ input: child.stdout });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  /** Starts test/bench/peers/`script` with `packages` (pip requirements) installed. */
  static async start<Answer = PeerAnswer>(
    script: string,
    packages: readonly string[],
  ): Promise<PythonPeer<Answer>> {
    const python = await environment(packages);
    const started = performance.now();
    const child = spawn(python, [resolve('test/bench/peers', script)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    return new PythonPeer<Answer>(child, started);
  }

  /** Returns the seconds that the script took for `request`. */
  async seconds(this: PythonPeer, request: object): Promise<number> {
    return (await this.answer(request)).seconds;
  }

  /**
   * Returns the seconds from the start of the script's process to its answer to `request`, which is its first one.
   */
  async secondsFromStart(request: object): Promise<number> {
    await this.answer(request);
    return (performance.now() - this.started) / 1000;
  }

  /** Returns the script's answer: the seconds, and other values about its result. */
  async answer(request: object): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.answers.next();
    if (answer.done === true) throw new IoError('a peer of the benchmark ended before its answer');
    return JSON.parse(answer.value) as Answer;
  }

  stop(): void {
    this.lines.close();
    this.child.stdin.end();
  }
}

/** Returns the Python of an environment with the packages. */
async function environment(packages: readonly string[]): Promise<string> {
  const folder = join(tmpdir(), 'precomputed-studio-bench-peers');
  const python = join(folder, 'bin', 'python');
  const run = promisify(execFile);
  if (!existsSync(python)) await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  return python;
}
