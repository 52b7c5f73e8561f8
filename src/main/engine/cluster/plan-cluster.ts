import { resolve } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import { OVERWRITE } from '../../../shared/api/mentions';
import { InvalidInputError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { ConversionPlan } from '../job/conversion-plan';
import { DatasetJob } from '../job/dataset-job';
import type { MeshJobPlan } from '../job/mesh-job-plan';
import { conversionToOpen } from '../job/open-conversion';
import { lookAgain, openJob, requireUnchanged, type JobToOpen, type OpeningMode } from '../job/open-job';
import { meshingToOpen } from '../job/open-meshing';
import { outputState } from '../job/output-folder';
import type { Plans } from '../job/plans';
import type { JobRecord } from '../run/job-record';
import type { MemoryBudget } from '../run/memory-budget';
import type { RemoteOutput } from '../run/remote-output';
import { requireRoom } from '../forecast/room';
import { tryChunks } from '../forecast/try-chunks';
import { forgetArrival } from './arrival-note';
import { hasShareOut, shareOutStages, writeShareOut, type ShareOut } from './share-out';

export interface ClusterOptions {
  readonly overwrite: boolean;
  /** The number of tasks in a part; if undefined, parts take about a minute. */
  readonly tasksPerPart: number | undefined;
  readonly emit: (event: JobEvent) => void;
}

/** A job on which many processes can work. */
export interface ClusterJob {
  readonly shareOut: ShareOut;
  /** Whether the same job was in the folder already. What is done of it is kept. */
  readonly isContinued: boolean;
}

/**
 * Writes a conversion as a job in the output folder, on which many processes can work.
 * @param remote the connected place of the dataset if it isn't that folder
 * @throws InvalidInputError if the folder holds anything else than the same job, and may not be overwritten
 */
export async function planConversionForCluster(
  plan: ConversionPlan,
  options: ClusterOptions,
  remote?: RemoteOutput,
): Promise<ClusterJob> {
  const output = resolve(plan.spec.output);
  const mode = await modeOf(output, options, remote);
  if (!mode.resume) {
    await requireRoom(plan, remote === undefined);
    await tryChunks(plan);
  }
  return planJob(await conversionToOpen(plan, output, mode), mode, options);
}

/** Writes the meshing of a dataset as a job in its folder; otherwise like {@link planConversionForCluster}. */
export async function planMeshingForCluster(
  plan: MeshJobPlan,
  options: ClusterOptions,
  remote?: RemoteOutput,
): Promise<ClusterJob> {
  const mode = await modeOf(plan.output, options, remote);
  return planJob(meshingToOpen(plan, mode), mode, options);
}

/** An unfinished job in the folder is continued, unless it is replaced. */
async function modeOf(
  output: string,
  { overwrite, emit }: ClusterOptions,
  remote: RemoteOutput | undefined,
): Promise<OpeningMode> {
  const resume = !overwrite && (await outputState(output)) === 'unfinished';
  return { resume, overwrite, emit, ...(remote === undefined ? {} : { remote }) };
}

async function planJob(job: JobToOpen, mode: OpeningMode, options: ClusterOptions): Promise<ClusterJob> {
  const { output } = job;
  const isContinued = mode.resume;
  if (isContinued && (await hasShareOut(output))) {
    const { record, plans, memory } = await lookAgain(job, mode.remote);
    return { shareOut: await shareOut(output, record, plans, memory, options), isContinued };
  }
  const opened = await openJob(job, mode);
  if (opened === 'complete') throw complete(output);
  const { journal, plans, memory, changed } = opened;
  try {
    requireUnchanged(changed, output);
    return { shareOut: await shareOut(output, journal.record, plans, memory, options), isContinued };
  } finally {
    await journal.release();
  }
}

async function shareOut(
  output: string,
  record: JobRecord,
  plans: Plans,
  memory: MemoryBudget,
  { tasksPerPart, emit }: ClusterOptions,
): Promise<ShareOut> {
  const job = new DatasetJob(output, record, plans, memory, emit);
  const planned: ShareOut = {
    workers: memory.workers,
    memoryBytes: memory.totalBytes,
    stages: shareOutStages(job.stages(), tasksPerPart),
  };
  await writeShareOut(output, planned);
  await forgetArrival(output);
  return planned;
}

function complete(output: string): InvalidInputError {
  return new InvalidInputError(`The dataset in ${output} is already complete.`, {
    remedy: say`Choose another folder, or replace the dataset by ${OVERWRITE}.`,
    fields: { code: 'output-taken', options: ['output'], state: 'dataset' },
  });
}
