import { resolve } from 'node:path';
import type { JobEvent } from '../../../shared/api/job-events';
import type { ConversionPlan } from '../conversion-plan';
import { DatasetJob } from '../job';
import { openConversion } from '../open-conversion';
import { requireRoom } from '../volume/room';
import { tryChunks } from '../volume/try-chunks';
import { shareOutStages, writeShareOut, type ShareOut } from './share-out';

export interface ClusterOptions {
  readonly overwrite: boolean;
  /** Parts of about a minute where undefined. */
  readonly tasksPerPart: number | undefined;
  readonly emit: (event: JobEvent) => void;
}

/** Writes a conversion as a job that waits in the output folder for those who work on it. */
export async function planForCluster(plan: ConversionPlan, options: ClusterOptions): Promise<ShareOut> {
  const output = resolve(plan.spec.output);
  const { overwrite, tasksPerPart, emit } = options;
  await requireRoom(plan);
  await tryChunks(plan);
  const opened = await openConversion(plan, output, { resume: false, overwrite, emit });
  if (opened === 'complete') throw new TypeError('a job that was just begun is complete');
  const { journal, memory } = opened;
  try {
    const job = await DatasetJob.read(output, memory, emit);
    const shareOut: ShareOut = {
      workers: memory.workers,
      memoryBytes: memory.totalBytes,
      stages: shareOutStages(job.stages(), tasksPerPart),
    };
    await writeShareOut(output, shareOut);
    return shareOut;
  } finally {
    await journal.release();
  }
}
