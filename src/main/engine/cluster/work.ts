import { resolve } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import { InvalidInputError } from '../../../shared/base/errors';
import { counted } from '../../../shared/base/format-quantity';
import { DatasetJob } from '../job/dataset-job';
import { Delivery, isSentOn, keptFolders } from '../run/delivery';
import { Journal } from '../run/journal';
import type { JobRecord } from '../run/job-record';
import { planMemory, type MemoryBudget } from '../run/memory-budget';
import type { RemoteOutput } from '../run/remote-output';
import { runStages } from '../run/run-stages';
import type { Stage } from '../run/stage';
import { WorkerPool } from '../run/worker-pool';
import { Plans } from '../job/plans';
import { PRODUCTS } from '../products';
import { arrayOf } from './array-ranges';
import type { PartClaims } from './part-claims';
import { SharedMarkers } from './shared-markers';
import {
  missingParts,
  readShareOut,
  tasksOfPart,
  type MissingParts,
  type ShareOut,
  type SharedStage,
} from './share-out';
import { StagePart } from './stage-part';

/** The resources of a process, if they differ from those that the job was planned for. */
export interface WorkOptions {
  readonly workers: number | undefined;
  readonly memoryBytes: number | undefined;
  /** The dataset's place if it isn't the folder of the job. */
  readonly remote: RemoteOutput | undefined;
  readonly workerFile: string;
  readonly signal: AbortSignal;
  readonly emit: (event: JobEvent) => void;
}

export interface WorkDone {
  /** Tasks in the parts that were worked on, and how many of these were done before. */
  readonly tasks: number;
  readonly doneBefore: number;
}

/** A job that was planned for many processes, from the view of one of them. */
export class SharedJob {
  readonly markers: SharedMarkers;

  private constructor(
    private readonly job: DatasetJob,
    readonly shareOut: ShareOut,
    private readonly stages: readonly Stage[],
    private readonly pool: WorkerPool,
    private readonly delivery: Delivery | undefined,
    private readonly options: WorkOptions,
  ) {
    this.markers = new SharedMarkers(job.output);
  }

  /** Opens the job in a folder. The job describes the input, so only the data that the tasks need is read from it. */
  static async open(folder: string, options: WorkOptions): Promise<SharedJob> {
    const output = resolve(folder);
    const shareOut = await readShareOut(output);
    const record = await Journal.readRecord(output);
    const memory = memoryOf(output, record, shareOut, options);
    const job = await DatasetJob.read(output, memory, options.emit);
    const { remote, workerFile, signal } = options;
    if (record.claim !== undefined) await remote?.claim.renew(record.claim);
    const delivery = remote && new Delivery(remote, job.root, keptFolders(job.info, job.plans), signal);
    job.outbox = delivery?.outbox;
    const pool = new WorkerPool({ workerFile, workers: memory.workers });
    return new SharedJob(job, shareOut, job.stages(), pool, delivery, options);
  }

  /**
   * Does the unfinished tasks of a part.
   * @throws InvalidInputError if the part doesn't exist, or tasks of an earlier stage are missing
   */
  async workOn(name: string, part: number): Promise<WorkDone> {
    const shared = this.sharedStage(name);
    if (!Number.isInteger(part) || part < 0 || part >= shared.parts) {
      throw new InvalidInputError(
        `The stage ${name} has ${counted(shared.parts, 'part')}, counted from 0: there is no part ${part}.`,
        {
          remedy: 'Give the index of an existing one.',
          fields: { usage: true },
        },
      );
    }
    await this.requireEarlier(name);
    const own = this.partOf(shared, part);
    const doneBefore = own.doneCount;
    try {
      await this.run(own, doneBefore);
    } catch (error) {
      if (await this.lacksResults(name)) await this.requireEarlier(name);
      throw error;
    }
    return { tasks: own.taskCount, doneBefore };
  }

  /**
   * Does the parts that no other process works on, stage by stage, until all are done. It waits while other processes
   * do the last parts of a stage, and takes over the parts of a process that was killed. Results of earlier stages that
   * have been lost are made again.
   */
  async workOnAny(claims: PartClaims): Promise<WorkDone> {
    let all: WorkDone = { tasks: 0, doneBefore: 0 };
    const { stages } = this.shareOut;
    for (let at = 0; at < stages.length;) {
      const shared = stages[at];
      if (shared === undefined) break;
      const done = await this.markers.done(shared.name);
      const { parts } = missingParts(shared, (task) => done.has(task));
      // This is checked after the markers are read, since another process may have completed the dataset and
      // deleted them.
      if (parts.length === 0 || !(await this.isUnfinished())) {
        at++;
        continue;
      }
      try {
        const own = await this.takeParts(shared, parts, claims);
        all = { tasks: all.tasks + own.tasks, doneBefore: all.doneBefore + own.doneBefore };
        if (own.tasks === 0) await claims.wait();
      } catch (error) {
        if (!(await this.lacksResults(shared.name))) throw error;
        at = 0;
      }
    }
    return all;
  }

  /** Does those of the given parts that are free. */
  private async takeParts(
    shared: SharedStage,
    parts: readonly number[],
    claims: PartClaims,
  ): Promise<WorkDone> {
    let [tasks, doneBefore] = [0, 0];
    for (const part of parts) {
      const claim = await claims.take(shared.name, part);
      if (claim === undefined) continue;
      try {
        const own = this.partOf(shared, part);
        const before = own.doneCount;
        if (before === own.taskCount || !(await this.isUnfinished())) continue;
        await this.run(own, before);
        tasks += own.taskCount;
        doneBefore += before;
      } finally {
        await claim.release();
      }
    }
    return { tasks, doneBefore };
  }

  /**
   * Looks, after a stage has failed, whether that may be because results of earlier stages are missing. Their tasks
   * count as not done then.
   */
  private async lacksResults(name: string): Promise<boolean> {
    const { job, markers, options } = this;
    if (options.signal.aborted || !(await this.isUnfinished())) return false;
    const kept = keptFolders(job.info, job.plans);
    const isElsewhere = (path: string): boolean => options.remote !== undefined && isSentOn(path, kept);
    for (const stage of this.stages) {
      await stage.restore?.(markers);
      if (stage.name === name) break;
      await markers.forgetLost(stage.name, isElsewhere);
    }
    return (await this.missingBefore(name)) !== undefined;
  }

  private isUnfinished(): Promise<boolean> {
    return Journal.isIn(this.job.output);
  }

  private partOf(shared: SharedStage, part: number): StagePart {
    const stage = this.stages.find(({ name }) => name === shared.name);
    if (stage === undefined) throw unknownStage(shared.name, this.shareOut);
    const { first, end } = tasksOfPart(shared, part);
    return new StagePart(stage, first, end, this.markers);
  }

  private async run(own: StagePart, doneBefore: number): Promise<void> {
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
      delivery: this.delivery,
    });
    await own.pack();
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
    const missing = await this.missingBefore(name);
    if (missing === undefined) return;
    const earlier = missing.stage.name;
    throw new InvalidInputError(`The stage ${earlier} comes before ${name}, and isn't done.`, {
      details: [describeMissing(missing)],
      remedy: `Run these parts of ${earlier} first.`,
      fields: { code: 'parts-missing' },
    });
  }

  /** Returns what is missing of the first unfinished stage before the one with this name. */
  private async missingBefore(name: string): Promise<MissingParts | undefined> {
    for (const earlier of this.shareOut.stages) {
      if (earlier.name === name) return undefined;
      const done = await this.markers.done(earlier.name);
      const missing = missingParts(earlier, (task) => done.has(task));
      if (missing.tasks > 0) return missing;
    }
    return undefined;
  }
}

/** Describes the parts with missing tasks in the format of Slurm. */
export function describeMissing({ stage, tasks, parts }: MissingParts): string {
  return `${stage.name}: ${tasks} of ${counted(stage.tasks, 'task')} missing: --array=${arrayOf(parts)}`;
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
    remedy: `Its stages are ${stages.map((stage) => stage.name).join(', ')}.`,
    fields: { usage: true },
  });
}
