import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { StepCall, StepOutcome } from '../steps';

/**
 * What a thread runs first: it imports the worker entry, which can be ended at any time. Node 20 aborts the whole process
 * if a thread is ended while it requires an ES module.
 */
const START = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData).then(({ default: handle }) => {
    parentPort.on('message', async (call) => parentPort.postMessage(await handle(call)));
  });
`;

interface Answer {
  readonly resolve: (outcome: StepOutcome) => void;
  readonly reject: (death: unknown) => void;
}

/** A thread that runs steps, one after the other. It keeps the process alive only while it has some. */
export class StepThread {
  private readonly worker: Worker;
  /** What waits for the outcomes of its calls, in their order. */
  private readonly answers: Answer[] = [];

  /**
   * @param file the built worker entry, an absolute path
   * @param onDeath is called when the thread ends, even if it was ended, before its calls are rejected
   */
  constructor(file: string, onDeath: (error: unknown, thread: StepThread) => void) {
    this.worker = new Worker(START, { eval: true, workerData: pathToFileURL(file).href, execArgv: [] });
    this.worker.unref();
    let isDead = false;
    const die = (error: unknown) => {
      if (isDead) return;
      isDead = true;
      onDeath(error, this);
      for (const { reject } of this.answers.splice(0)) reject(error);
    };
    this.worker
      .on('message', (outcome: StepOutcome) => {
        this.answers.shift()?.resolve(outcome);
        if (this.answers.length === 0) this.worker.unref();
      })
      .on('error', die)
      .on('exit', (code) => {
        die(new Error(`the thread exited with code ${code}`));
      });
  }

  /** The number of calls whose outcomes have not come yet. */
  get callsUnderWay(): number {
    return this.answers.length;
  }

  /** @throws if the thread dies */
  call(step: StepCall): Promise<StepOutcome> {
    return new Promise((resolve, reject) => {
      this.worker.postMessage(step);
      this.answers.push({ resolve, reject });
      this.worker.ref();
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
