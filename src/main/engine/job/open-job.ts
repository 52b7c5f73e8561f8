import type { ConvertSpec } from '../../../shared/api/job-spec';
import { OVERWRITE } from '../../../shared/api/mentions';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { parseVolumeInfo } from '../../../shared/precomputed/volume-info';
import type { InputPart } from '../../sources/input-parts';
import { outputState, type OutputState } from './output-folder';
import type { PlannedProducts } from './plan-products';
import type { Plans } from './plans';
import { isSentOn, keptFolders } from '../run/delivery';
import { Journal } from '../run/journal';
import { newRecord, otherVersion, type JobDescription, type JobRecord } from '../run/job-record';
import { planMemory, type MemoryBudget } from '../run/memory-budget';
import type { RemoteOutput } from '../run/remote-output';
import { clearFiles, isSwapping, resumeSwap } from '../run/replace-files';
import type { JobOptions } from '../run/run-job';
import { changedParts, requireSame } from './same-job';

export type OpeningMode = Pick<JobOptions, 'resume' | 'overwrite' | 'deleteFirst' | 'emit' | 'remote'>;

/** A job whose folder is ready, either a new job or one to resume. */
export interface OpenedJob {
  readonly journal: Journal;
  readonly description: JobDescription;
  readonly plans: Plans;
  readonly memory: MemoryBudget;
  /** The parts of the input that have changed since the job began. */
  readonly changed: readonly InputPart[];
}

/** How a new job treats existing files. */
export type NewFiles = Pick<JobRecord, 'staged' | 'makes' | 'files' | 'replaces' | 'phase'>;

/** A job for a folder, and how its kind responds to the contents of that folder. */
export interface JobToOpen {
  readonly output: string;
  readonly plan: PlannedProducts & { readonly spec: Pick<ConvertSpec, 'workers' | 'memory'> };
  /** The current description of the job, with its input. */
  readonly now: JobDescription;
  /** Folders that the claim of a remote place names, as `info` may not name them while the job runs. */
  readonly claimedFolders?: readonly string[];
  /**
   * Checks whether the job may use the folder.
   * @param record the record of an unfinished job; undefined if there is none, or a damaged one that may be replaced
   * @throws InvalidInputError if the folder holds anything that the mode doesn't allow
   */
  admit(state: OutputState, record: JobRecord | undefined): void;
  /**
   * Reports whether the requested result exists already.
   * @throws InvalidInputError if a different one exists
   */
  isDone(state: OutputState): Promise<boolean>;
  /**
   * Decides what happens to existing files.
   * @throws InvalidInputError if there are files that may not be replaced
   */
  newFiles(state: OutputState, record: JobRecord | undefined): Promise<NewFiles>;
}

/**
 * Prepares the folder of a job. It is then empty, in the state that an unfinished job left, or complete already.
 * @throws InvalidInputError if it holds anything that `mode` doesn't allow
 */
export async function openJob(job: JobToOpen, mode: OpeningMode): Promise<OpenedJob | 'complete'> {
  const { output, now } = job;
  const { resume, emit } = mode;
  // The state is read again, as the plan may be old.
  let state = await outputState(output);
  let record = state === 'unfinished' ? await readRecord(output, resume ? 'needed' : 'spare') : undefined;
  job.admit(state, record);
  if (record !== undefined) {
    if (resume) requireSame(record, now, output);
    if (isSwapping(record)) {
      await resumeSwap(output, emit);
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

/** Reads the record of a job. With `spare`, returns undefined if it is damaged or from another version. */
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
  const { plans, memory } = plansOf(record, plan, output);
  const kept = keptFolders(parseVolumeInfo(now.info, output), plans);
  if (record.claim !== undefined) await remote?.claim.renew(record.claim);
  const journal = await Journal.resume(output, remote && ((path) => isSentOn(path, kept)));
  if (record.claim === undefined && remote !== undefined) await claimLate(journal, remote, emit);
  await clearFiles(journal, emit, remote);
  return { journal, description: now, plans, memory, changed };
}

/** Returns how a job was planned when it was begun, with the memory that it has now. */
function plansOf(
  record: JobRecord,
  plan: JobToOpen['plan'],
  output: string,
): Pick<OpenedJob, 'plans' | 'memory'> {
  const plans = plan.plans.resume(record.products, output);
  if (plans === undefined) throw otherVersion(output);
  const memory = planMemory({
    workers: plan.spec.workers,
    memoryBytes: plan.spec.memory ?? Math.max(plan.memory.totalBytes, record.memoryBytes),
    perWorkerBytes: plan.perWorkerBytes,
    minimumBlockBytes: plans.blockBytes,
    otherRemedy: say`start again by ${OVERWRITE}`,
  });
  return { plans, memory };
}

/**
 * Looks at an unfinished job that is requested again while other processes may be working on it. Nothing is changed.
 * @throws InvalidInputError if the unfinished job isn't the requested one, its input has changed, or another job has taken
 *   its remote place
 */
export async function lookAgain(
  { output, plan, now }: JobToOpen,
  remote: RemoteOutput | undefined,
): Promise<Pick<OpenedJob, 'plans' | 'memory'> & Pick<Journal, 'record'>> {
  const record = await Journal.readRecord(output);
  requireSame(record, now, output);
  requireUnchanged(changedParts(record, now, output), output);
  if (record.claim !== undefined) await remote?.claim.renew(record.claim);
  return { record, ...plansOf(record, plan, output) };
}

/** @throws InvalidInputError if parts of the input have changed since the job was begun */
export function requireUnchanged(changed: readonly InputPart[], output: string): void {
  if (changed.length === 0) return;
  throw new InvalidInputError(`The input of the unfinished job in ${output} has changed.`, {
    details: changed.map(({ name }) => name),
    remedy: say`Start again by ${OVERWRITE}.`,
    fields: { code: 'input-changed' },
  });
}

/**
 * Claims the place of a job of an earlier version, which has no claim. Its folder is locked by then, so that a claim
 * which no record names, and which would keep the job from its place, isn't left when that fails.
 */
async function claimLate(
  journal: Journal,
  { claim }: RemoteOutput,
  emit: OpeningMode['emit'],
): Promise<void> {
  try {
    await journal.update({ claim: await claim.take(false, emit) });
  } catch (error) {
    await claim.giveBack();
    await journal.release();
    throw error;
  }
}

async function beginJob(
  { output, plan, now, claimedFolders, newFiles }: JobToOpen,
  state: OutputState,
  unfinished: JobRecord | undefined,
  mode: OpeningMode,
): Promise<OpenedJob> {
  const { emit, remote } = mode;
  const { plans, memory, perWorkerBytes } = plan;
  const claim = remote && (await claimPlace(remote, unfinished?.claim, mode, claimedFolders));
  let journal: Journal;
  try {
    const files = await newFiles(state, unfinished);
    const record = {
      ...now,
      memoryBytes: memory.totalBytes,
      perWorkerBytes,
      ...files,
      claim,
      place: remote?.spec,
    };
    journal = await Journal.create(output, newRecord(record));
  } catch (error) {
    if (claim !== unfinished?.claim) await remote?.claim.giveBack();
    throw error;
  }
  await clearFiles(journal, emit, remote);
  return { journal, description: now, plans, memory, changed: [] };
}

/**
 * Claims the remote place of a new job.
 * @param before the claim of the unfinished job that the new one replaces
 */
async function claimPlace(
  { claim }: RemoteOutput,
  before: string | undefined,
  { overwrite, emit }: OpeningMode,
  folders: readonly string[] | undefined,
): Promise<string> {
  if (before === undefined || !(await claim.isThere(before))) return claim.take(overwrite, emit, folders);
  await claim.renew(before);
  return before;
}
