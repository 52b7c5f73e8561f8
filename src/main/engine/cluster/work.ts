import { resolve } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import { InvalidInputError } from '../../../shared/base/errors';
import { DatasetJob } from '../job';
import { Journal } from '../run/journal';
import type { JobRecord } from '../run/job-record';
import { planMemory, type MemoryBudget } from '../run/memory-budget';
import { runStages } from '../run/run-stages';
import type { Stage } from '../run/stage';
import { WorkerPool } from '../run/worker-pool';
import { Plans } from '../plans';
import { PRODUCTS } from '../products';
import { arrayOf } from './array-ranges';
import { SharedMarkers } from './shared-markers';
import { partsOfTasks, readShareOut, tasksOfPart, type ShareOut, type SharedStage } from './share-out';
import { StagePart } from './stage-part';

/** What a process may use, where it isn't what the job was planned for. */
export interface WorkOptions {
  readonly workers: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
}

export interface WorkDone {
  /** Tasks of the part, and how many of them were done before. */
  readonly tasks: number;
  readonly doneBefore: number;
}

/** A job that was planned for many processes, as one of them sees it. */
export class SharedJob {
  readonly markers: SharedMarkers;

  private constructor(
    private readonly job: DatasetJob,
    readonly shareOut: ShareOut,
    private readonly stages: readonly Stage[],
    private readonly pool: WorkerPool,
    private readonly options: WorkOptions,
  ) {
    this.markers = new SharedMarkers(job.output);
  }

  /** Nothing of the input is read but what the tasks need: what it is stands in the job. */
  static async open(folder: string, options: WorkOptions): Promise<SharedJob> {
    const output = resolve(folder);
    const shareOut = await readShareOut(output);
    const record = await Journal.readRecord(output);
    const memory = memoryOf(output, record, shareOut, options);
    const job = await DatasetJob.read(output, memory, options.emit);
    const pool = new WorkerPool({ workerFile: options.workerFile, workers: memory.workers });
    return new SharedJob(job, shareOut, job.stages(), pool, options);
  }

  /**
   * Does the tasks of a part that aren't done.
   * @throws InvalidInputError where there is no such part, or tasks of an earlier stage are missing
   */
  async workOn(name: string, part: number): Promise<WorkDone> {
    const shared = this.sharedStage(name);
    if (!Number.isInteger(part) || part < 0 || part >= shared.parts) {
      throw new InvalidInputError(
        `The stage ${name} has ${shared.parts} parts, counted from 0: there is no ${part}.`,
        {
          remedy: 'Give the index of one that is there.',
          fields: { usage: true },
        },
      );
    }
    const stage = this.stages.find((own) => own.name === name);
    if (stage === undefined) throw unknownStage(name, this.shareOut);
    await this.requireEarlier(name);
    const { first, end } = tasksOfPart(shared, part);
    const own = new StagePart(stage, first, end, this.markers);
    const doneBefore = own.doneCount;
    await runStages({
      job: this.job.description.kind,
      stages: [own],
      pool: this.pool,
      memoryBytes: this.job.memory.totalBytes,
      journal: {
        isDone: (_, task) => own.isDone(task),
        doneCount: () => doneBefore,
        recordDone: (_, task, files) => own.recordDone(task, files),
      },
      signal: this.options.signal,
      emit: this.options.emit,
    });
    return { tasks: own.taskCount, doneBefore };
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private sharedStage(name: string): SharedStage {
    const stage = this.shareOut.stages.find((own) => own.name === name);
    if (stage === undefined) throw unknownStage(name, this.shareOut);
    return stage;
  }

  private async requireEarlier(name: string): Promise<void> {
    for (const earlier of this.shareOut.stages) {
      if (earlier.name === name) return;
      const missing = await this.markers.missing(earlier.name, earlier.tasks);
      if (missing.length === 0) continue;
      throw new InvalidInputError(`The stage ${earlier.name} comes before ${name}, and isn't done.`, {
        details: [describeMissing(earlier, missing)],
        remedy: `Run these parts of ${earlier.name} first.`,
        fields: { code: 'parts-missing' },
      });
    }
  }
}

/** The parts with tasks that are missing, as Slurm takes them. */
export function describeMissing(stage: SharedStage, missing: readonly number[]): string {
  return `${stage.name}: ${missing.length} of ${stage.tasks} tasks are missing: --array=${arrayOf(partsOfTasks(stage, missing))}`;
}

function memoryOf(output: string, record: JobRecord, shareOut: ShareOut, options: WorkOptions): MemoryBudget {
  return planMemory({
    workers: options.workers ?? shareOut.workers,
    memoryBytes: options.memoryBytes ?? shareOut.memoryBytes,
    perWorkerBytes: record.perWorkerBytes,
    minimumBlockBytes: Plans.parse(record.products, output, PRODUCTS).blockBytes,
    otherRemedy: 'plan the job with less memory',
  });
}

function unknownStage(name: string, { stages }: ShareOut): InvalidInputError {
  return new InvalidInputError(`The job has no stage '${name}'.`, {
    remedy: `It has ${stages.map((stage) => stage.name).join(', ')}.`,
    fields: { usage: true },
  });
}
