import { Piscina } from 'piscina';
import { CancelledError, deserializeError, StudioError } from '../../shared/base/errors';
import type { StepName, StepOutcome, Steps } from './steps';

export interface WorkerPoolOptions {
  /** The built worker entry, an absolute path. */
  readonly workerFile: string;
  readonly workers: number;
}

/**
 * Threads that run steps. A worker that dies under a step (out of memory, `process.exit`, a crash in native
 * code that spares the process) is replaced and the step is tried once more.
 */
export class WorkerPool {
  readonly workers: number;
  private readonly pool: Piscina;
  private idleDeaths = 0;
  private unusable: unknown;

  constructor(options: WorkerPoolOptions) {
    this.workers = options.workers;
    this.pool = new Piscina({
      filename: options.workerFile,
      minThreads: options.workers,
      maxThreads: options.workers,
      idleTimeout: Infinity,
      // Piscina tries `require` first, and Node 20 aborts the whole process where a thread is ended in the midst
      // of requiring an ES module; `import`, which comes next, can be ended at any time.
      execArgv: ['--no-experimental-require-module'],
    });
    this.pool.on('error', (error: unknown) => {
      this.idleDeath(error);
    });
  }

  /**
   * @throws what the step threw; CancelledError when `signal` is aborted; a bug when the worker died twice
   */
  async run<N extends StepName>(
    name: N,
    request: Steps[N]['request'],
    signal: AbortSignal,
  ): Promise<Steps[N]['result']> {
    let death: unknown;
    for (let attempt = 0; attempt < 2; attempt++) {
      if (signal.aborted) throw new CancelledError();
      let outcome: StepOutcome;
      try {
        outcome = (await this.pool.run({ name, request }, { signal })) as StepOutcome;
      } catch (error) {
        if (signal.aborted) throw new CancelledError();
        death = this.unusable ?? error;
        continue;
      }
      if ('error' in outcome) throw deserializeError(outcome.error);
      return outcome.result as Steps[N]['result'];
    }
    throw new StudioError('bug', `A worker died twice at '${name}': ${describeDeath(death)}.`, {
      remedy: 'Try again with a smaller --memory or fewer --workers, then --resume.',
      fields: { step: name },
      cause: death,
    });
  }

  /** Workers that die with nothing to do would be replaced for ever. */
  private idleDeath(error: unknown): void {
    this.idleDeaths++;
    if (this.idleDeaths <= this.workers) return;
    this.unusable = error;
    void this.pool.destroy();
  }

  /** Ends the threads; steps that are under way are abandoned. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

function describeDeath(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
