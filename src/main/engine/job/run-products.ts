import type { JobSummary } from '../../../shared/api/job-events';
import { product3 } from '../../../shared/base/vec3';
import type { ScaleInfo } from '../../../shared/precomputed/volume-info';
import { peakMemoryBytes } from '../../base/peak-memory';
import { DatasetJob } from './dataset-job';
import type { OpenedJob } from './open-job';
import { Delivery, keptFolders } from '../run/delivery';
import { runJob, type JobOptions } from '../run/run-job';
import type { Stage } from '../run/stage';
import { WorkerPool } from '../run/worker-pool';

/**
 * Makes the products of a job.
 * @param scales the scales that are made or read, for the summary
 * @param prepare is called with the stages before they run
 * @throws the error that stopped the job; finished tasks are kept and can be resumed
 */
export async function runProducts(
  { journal, description, plans, memory }: OpenedJob,
  scales: readonly ScaleInfo[],
  options: JobOptions,
  prepare: (stages: readonly Stage[]) => Promise<void> = () => Promise.resolve(),
): Promise<JobSummary> {
  const { output, record } = journal;
  const job = new DatasetJob(output, { ...description, staged: record.staged }, plans, memory, options.emit);
  const { remote, signal } = options;
  const delivery = remote && new Delivery(remote, journal.root, keptFolders(job.info, plans), signal);
  job.outbox = delivery?.outbox;
  const pool = await openPool(options, memory.workers);
  const stages = job.stages();
  await prepare(stages);
  await journal.update({ ...description, products: plans.json });
  let finished: Partial<JobSummary> = {};
  const finish = async (): Promise<string> => {
    const { info, summary } = await job.finish();
    finished = summary;
    return info;
  };
  const memoryBytes = memory.totalBytes;
  const meter = await runJob({ journal, pool, memoryBytes, stages, finish, delivery }, options);
  return { ...summaryOf(remote?.place.id ?? output, scales), ...meter.totals(), ...finished };
}

/** Returns the summary of a job that has nothing to do. */
export function summaryOf(output: string, scales: readonly ScaleInfo[]): JobSummary {
  return {
    output,
    elapsedMs: 0,
    voxels: product3(scales[0]?.size ?? [0, 0, 0]),
    scales: scales.length,
    files: 0,
    bytesRead: 0,
    bytesWritten: 0,
    peakMemoryBytes: peakMemoryBytes(),
  };
}

/** Returns the threads that were already started if their number fits the memory, and otherwise starts new ones. */
async function openPool({ workerFile, startedPool }: JobOptions, workers: number): Promise<WorkerPool> {
  if (startedPool?.workers === workers) return startedPool;
  await startedPool?.close();
  return new WorkerPool({ workerFile, workers });
}
