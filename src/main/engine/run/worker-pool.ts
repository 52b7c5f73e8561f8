import { named, RESUME } from '../../../shared/api/mentions';
import { say } from '../../../shared/base/words';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Piscina } from 'piscina';
import { shareKeptFiles } from '../../base/kept-files';
import { BugError, CancelledError, deserializeError, StudioError } from '../../../shared/base/errors';
import type { StepCall, StepName, StepOutcome, Steps } from '../steps';
import { namingMemories } from './naming-memories';

export interface WorkerPoolOptions {
  /** The built worker entry, an absolute path. */
  readonly workerFile: string;
  readonly workers: number;
}

/**
 * The bytecode budget after which V8 considers to optimise a function; 132 kB by default. Hot loops are in
 * WebAssembly, and each thread would optimise the JavaScript functions again. Only the V8 of Node 20 has this flag;
 * later versions would print that they don't know it.
 */
const INTERRUPT_BUDGET = 1_000_000;
const HAS_INTERRUPT_BUDGET = process.versions.v8.startsWith('11.');

/**
 * Steps that take a few milliseconds. The next one already waits in its thread, since sending it after the last one
 * has ended would take half a millisecond.
 */
const SHORT_STEPS: ReadonlySet<StepName> = new Set(['load-region', 'write-chunks']);
const SHORT_STEPS_PER_WORKER = 2;

/** How long running steps may continue when the pool is closed. On a busy machine some take seconds. */
const GRACE_MS = 5000;

interface WaitingStep {
  readonly name: StepName;
  readonly begin: () => void;
  readonly cancel: () => void;
}

/**
 * A pool of threads that run steps. If a worker dies during a step (out of memory, `process.exit`, or a crash in
 * native code that spares the process), it is replaced and the step is tried once more.
 */
export class WorkerPool {
  readonly workers: number;
  private readonly pool: Piscina;
  private readonly underWay = new Map<Promise<unknown>, StepName>();
  private readonly waiting: WaitingStep[] = [];
  private closed: Promise<void> | undefined;
  private idleDeaths = 0;
  private unusable: unknown;

  constructor(options: WorkerPoolOptions) {
    this.workers = options.workers;
    if (HAS_INTERRUPT_BUDGET) setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
    shareKeptFiles(options.workers);
    this.pool = new Piscina({
      filename: options.workerFile,
      minThreads: options.workers,
      maxThreads: options.workers,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: SHORT_STEPS_PER_WORKER,
      // Piscina tries `require` first, and Node 20 aborts the whole process if a thread is ended while it requires an
      // ES module. `import`, which comes next, can be ended at any time.
      execArgv: ['--no-experimental-require-module'],
    });
    this.pool.on('error', (error: unknown) => {
      this.idleDeath(error);
    });
  }

  /**
   * Runs a step. When `signal` is aborted, a waiting step is dropped, and a running one continues, because
   * ending a thread while it closes a file aborts the whole process in Node 20.
   * @throws the error of the step; CancelledError when `signal` is aborted or the pool closed; a bug when the worker
   * died twice
   */
  async run<N extends StepName>(
    name: N,
    request: Steps[N]['request'],
    signal: AbortSignal,
  ): Promise<Steps[N]['result']> {
    const call = { name, request } as StepCall;
    let death: unknown;
    for (let attempt = 0; attempt < 2; attempt++) {
      let outcome: StepOutcome;
      try {
        outcome = await this.attempt(namingMemories(call), signal);
        if ('lacksMemory' in outcome) outcome = await this.attempt(call, signal, 'next');
      } catch (error) {
        if (signal.aborted || this.closed !== undefined) throw new CancelledError();
        death = this.unusable ?? error;
        continue;
      }
      if ('lacksMemory' in outcome) throw new BugError(`'${name}' lacks a memory that was sent with it`);
      if ('error' in outcome) throw deserializeError(outcome.error);
      return outcome.result as Steps[N]['result'];
    }
    throw new StudioError('bug', `A worker died twice at '${name}': ${describeDeath(death)}.`, {
      remedy: say`Try again with a smaller ${named('memory')} or fewer ${named('workers')}, and continue by ${RESUME}.`,
      fields: { step: name },
      cause: death,
    });
  }

  /** @throws if the worker dies, `signal` is aborted, or the pool is closed */
  private attempt(call: StepCall, signal: AbortSignal, turn: 'last' | 'next' = 'last'): Promise<StepOutcome> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        reject(new CancelledError());
      };
      if (signal.aborted || this.closed !== undefined) {
        cancel();
        return;
      }
      signal.addEventListener('abort', cancel, { once: true });
      const begin = () => {
        if (signal.aborted) return;
        const running = (this.pool.run(call) as Promise<StepOutcome>).then(resolve, reject).finally(() => {
          signal.removeEventListener('abort', cancel);
          this.underWay.delete(running);
          this.beginNext();
        });
        this.underWay.set(running, call.name);
      };
      const step = { name: call.name, begin, cancel };
      if (turn === 'next') this.waiting.unshift(step);
      else this.waiting.push(step);
      this.beginNext();
    });
  }

  private beginNext(): void {
    for (;;) {
      const [next] = this.waiting;
      if (next === undefined || this.underWay.size >= this.mostUnderWay(next.name)) return;
      this.waiting.shift();
      next.begin();
    }
  }

  /**
   * Returns how many steps may be under way. A step must not wait in the thread of a long one while other threads are
   * idle.
   */
  private mostUnderWay(next: StepName): number {
    const areShort = [next, ...this.underWay.values()].every((name) => SHORT_STEPS.has(name));
    return this.workers * (areShort ? SHORT_STEPS_PER_WORKER : 1);
  }

  /** Closes the pool if idle workers keep dying, as they would be replaced forever. */
  private idleDeath(error: unknown): void {
    this.idleDeaths++;
    if (this.idleDeaths <= this.workers) return;
    this.unusable = error;
    void this.pool.destroy();
  }

  /** Ends the threads once the running steps have ended or some seconds have passed. Waiting steps are dropped. */
  close(): Promise<void> {
    this.closed ??= this.endThreads();
    return this.closed;
  }

  private async endThreads(): Promise<void> {
    for (const { cancel } of this.waiting.splice(0)) cancel();
    const timeOut = new AbortController();
    const ended = Promise.all(this.underWay.keys()).then(() => {
      timeOut.abort();
    });
    await Promise.race([
      ended,
      sleep(GRACE_MS, undefined, { signal: timeOut.signal }).catch(() => undefined),
    ]);
    await this.pool.destroy();
  }
}

function describeDeath(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
