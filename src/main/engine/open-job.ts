import type { ConvertSpec } from '../../shared/api/job-spec';
import { OVERWRITE } from '../../shared/api/mentions';
import { isStudioError } from '../../shared/base/errors';
import { say } from '../../shared/base/words';
import { parseVolumeInfo } from '../../shared/precomputed/volume-info';
import type { InputPart } from '../sources/input-parts';
import { outputState, type OutputState } from './output-folder';
import type { PlannedProducts } from './plan-products';
import type { Plans } from './plans';
import { isSentOn, keptFolders } from './run/delivery';
import { Journal } from './run/journal';
import { newRecord, otherVersion, type JobDescription, type JobRecord } from './run/job-record';
import { planMemory, type MemoryBudget } from './run/memory-budget';
import { clearFiles, isSwapping, swapFiles } from './run/replace-files';
import type { JobOptions } from './run/run-job';
import { changedParts, requireSame } from './same-job';

export type OpeningMode = Pick<JobOptions, 'resume' | 'overwrite' | 'deleteFirst' | 'emit' | 'remote'>;

/** A job whose folder is ready, new or to be gone on with. */
export interface OpenedJob {
  readonly journal: Journal;
  readonly description: JobDescription;
  readonly plans: Plans;
  readonly memory: MemoryBudget;
  /** The parts of the input that aren't any more as they were when the job began. */
  readonly changed: readonly InputPart[];
}

/** What a new job does with the files that are there. */
export type NewFiles = Pick<JobRecord, 'staged' | 'makes' | 'files' | 'replaces' | 'phase'>;

/** A job that is to be done in a folder, and what its kind says of what it finds there. */
export interface JobToOpen {
  readonly output: string;
  readonly plan: PlannedProducts & { readonly spec: Pick<ConvertSpec, 'workers' | 'memory'> };
  /** The job as it is now, with its input. */
  readonly now: JobDescription;
  /**
   * @param record of an unfinished job; undefined where there is none, or a damaged one that may be replaced
   * @throws InvalidInputError where the folder holds something else than what the mode allows
   */
  admit(state: OutputState, record: JobRecord | undefined): void;
  /** Whether what was asked for is there already. @throws InvalidInputError where something else is */
  isDone(state: OutputState): Promise<boolean>;
  /** @throws InvalidInputError where files are there that may not be replaced */
  newFiles(state: OutputState, record: JobRecord | undefined): Promise<NewFiles>;
}

/**
 * Makes the folder of a job ready to be written: empty, or as an unfinished job left it, or complete already.
 * @throws InvalidInputError where it holds something else than what `mode` allows
 */
export async function openJob(job: JobToOpen, mode: OpeningMode): Promise<OpenedJob | 'complete'> {
  const { output, now } = job;
  const { resume, emit } = mode;
  // Asked again, as the plan may be old.
  let state = await outputState(output);
  let record = state === 'unfinished' ? await readRecord(output, resume ? 'needed' : 'spare') : undefined;
  job.admit(state, record);
  if (record !== undefined) {
    if (resume) requireSame(record, now, output);
    if (isSwapping(record)) {
      await swapFiles(await Journal.resume(output), emit);
      if (resume) return 'complete';
      state = await outputState(output);
      record = undefined;
    } else if (resume) return resumeJob(job, record, mode);
  }
  if (resume && (await job.isDone(state))) {
    await Journal.removeLeftovers(output);
    return 'complete';
  }
  return beginJob(job, state, record, mode);
}

/** Undefined for one that is damaged, or of another version, where it may be spared. */
async function readRecord(output: string, need: 'needed' | 'spare'): Promise<JobRecord | undefined> {
  try {
    return await Journal.readRecord(output);
  } catch (error) {
    if (need === 'needed' || !isStudioError(error) || error.fields['code'] === undefined) throw error;
    return undefined;
  }
}

async function resumeJob(
  { output, plan, now }: JobToOpen,
  record: JobRecord,
  { emit, remote }: OpeningMode,
): Promise<OpenedJob> {
  const changed = changedParts(record, now, output);
  const plans = plan.plans.resume(record.products, output);
  if (plans === undefined) throw otherVersion(output);
  const memory = planMemory({
    workers: plan.spec.workers,
    memoryBytes: plan.spec.memory ?? Math.max(plan.memory.totalBytes, record.memoryBytes),
    perWorkerBytes: plan.perWorkerBytes,
    minimumBlockBytes: plans.blockBytes,
    otherRemedy: say`start again by ${OVERWRITE}`,
  });
  const kept = keptFolders(parseVolumeInfo(now.info, output), plans);
  const journal = await Journal.resume(output, remote && ((path) => isSentOn(path, kept)));
  await clearFiles(journal, emit, remote);
  return { journal, description: now, plans, memory, changed };
}

async function beginJob(
  { output, plan, now, newFiles }: JobToOpen,
  state: OutputState,
  unfinished: JobRecord | undefined,
  { emit, remote }: OpeningMode,
): Promise<OpenedJob> {
  const { plans, memory, perWorkerBytes } = plan;
  const files = await newFiles(state, unfinished);
  const record = newRecord({ ...now, memoryBytes: memory.totalBytes, perWorkerBytes, ...files });
  const journal = await Journal.create(output, record);
  await clearFiles(journal, emit, remote);
  return { journal, description: now, plans, memory, changed: [] };
}
