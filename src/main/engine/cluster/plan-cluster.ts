import { resolve } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import type { TargetSpec } from '../../../shared/api/publish-spec';
import type { ConversionPlan } from '../job/conversion-plan';
import { DatasetJob } from '../job/dataset-job';
import type { MeshJobPlan } from '../job/mesh-job-plan';
import { openConversion } from '../job/open-conversion';
import type { OpenedJob } from '../job/open-job';
import { openMeshing } from '../job/open-meshing';
import type { RemoteOutput } from '../run/remote-output';
import { requireRoom } from '../forecast/room';
import { tryChunks } from '../forecast/try-chunks';
import { forgetArrival } from './arrival-note';
import { shareOutStages, writeShareOut, type ShareOut } from './share-out';

export interface ClusterOptions {
  readonly overwrite: boolean;
  /** The number of tasks in a part; if undefined, parts take about a minute. */
  readonly tasksPerPart: number | undefined;
  readonly emit: (event: JobEvent) => void;
}

/** The dataset's place if it isn't the folder of the job: as this process opened it, and as all others will. */
export interface SharedPlace {
  readonly remote: RemoteOutput;
  readonly spec: TargetSpec;
}

/** Writes a conversion as a job in the output folder, on which many processes can work. */
export async function planConversionForCluster(
  plan: ConversionPlan,
  options: ClusterOptions,
  place?: SharedPlace,
): Promise<ShareOut> {
  const output = resolve(plan.spec.output);
  await requireRoom(plan, place === undefined);
  await tryChunks(plan);
  const remote = place === undefined ? {} : { remote: place.remote };
  const opened = await openConversion(plan, output, { ...options, ...remote, resume: false });
  return shareOut(output, opened, options, place?.spec);
}

/** Writes the meshing of a dataset as a job in its folder, on which many processes can work. */
export async function planMeshingForCluster(
  plan: MeshJobPlan,
  options: ClusterOptions,
  place?: SharedPlace,
): Promise<ShareOut> {
  const remote = place === undefined ? {} : { remote: place.remote };
  const opened = await openMeshing(plan, { ...options, ...remote, resume: false });
  return shareOut(plan.output, opened, options, place?.spec);
}

async function shareOut(
  output: string,
  opened: OpenedJob | 'complete',
  { tasksPerPart, emit }: ClusterOptions,
  place?: TargetSpec,
): Promise<ShareOut> {
  if (opened === 'complete') throw new TypeError('a job that was just begun is complete');
  const { journal, memory } = opened;
  try {
    const job = await DatasetJob.read(output, memory, emit);
    const planned: ShareOut = {
      workers: memory.workers,
      memoryBytes: memory.totalBytes,
      ...(place === undefined ? {} : { place }),
      stages: shareOutStages(job.stages(), tasksPerPart),
    };
    await writeShareOut(output, planned);
    await forgetArrival(output);
    return planned;
  } finally {
    await journal.release();
  }
}
