/**
 * Python packages as contenders. They are installed into a virtual environment in the system's temporary folder,
 * which is created once and kept for later runs. A script in this folder does the work and reports its seconds.
 */
import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { IoError } from '../../src/shared/base/errors';
import type { Measurement } from './harness';

/** Linux's USER_HZ. */
const TICKS_PER_SECOND = 100;

interface PeerAnswer {
  readonly seconds: number;
  /** The processor time of the script's own process, where no other process does the work. */
  readonly cpuSeconds?: number;
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

  /** Measures how the script answers `request`. The processor time includes that of its processes, also of those that it has ended. */
  async measured(this: PythonPeer, request: object): Promise<Measurement> {
    const before = cpuSecondsOf(this.child.pid);
    const answer = await this.answer(request);
    const after = cpuSecondsOf(this.child.pid);
    const used = before === undefined || after === undefined ? undefined : after - before;
    return { seconds: answer.seconds, cpuSeconds: answer.cpuSeconds ?? used };
  }

  /** Measures the script's process from its start to its answer to `request`, which is its first one. */
  async measuredFromStart(this: PythonPeer, request: object): Promise<Measurement> {
    const seconds = await this.secondsFromStart(request);
    return { seconds, cpuSeconds: cpuSecondsOf(this.child.pid) };
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

/**
 * Returns what a process and all that it has started have used so far, as Linux counts it; undefined on other systems.
 * A process that has ended counts once its parent has waited for it.
 */
function cpuSecondsOf(pid: number | string | undefined): number | undefined {
  const [stat, children] = [`/proc/${pid}/stat`, `/proc/${pid}/task/${pid}/children`];
  if (!existsSync(stat) || !existsSync(children)) return undefined;
  // Fields 14 to 17 (proc(5)): user and system time of the process, and of its children. The name is in brackets.
  const fields = readFileSync(stat, 'utf8').split(') ')[1]?.split(' ').slice(11, 15) ?? [];
  const own = fields.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
  const running = readFileSync(children, 'utf8')
    .split(' ')
    .filter((child) => child !== '');
  return running.reduce((sum, child) => sum + (cpuSecondsOf(child) ?? 0), own);
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
