import { planMeshJob, runMeshJob, type BucketDataset } from '../src/main/engine/job/mesh-job';
import type { JobOptions } from '../src/main/engine/run/run-job';
import type { JobEvent, JobSummary } from '../src/shared/api/job-events';
import { parseMeshSpec } from '../src/shared/api/job-spec';
import { WORKER_FILE, type Flags } from './convert-volume';

/**
 * Meshes a dataset in this process, with the real pool of workers.
 * @param dataset its folder, or if it is in a `bucket`, the folder of the job
 */
export async function meshDataset(
  dataset: string,
  flags: Flags,
  options: Partial<JobOptions> = {},
  bucket?: BucketDataset,
): Promise<{ readonly events: readonly JobEvent[]; readonly summary: JobSummary }> {
  const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, workers: 2, ...flags }), bucket);
  const events: JobEvent[] = [];
  const summary = await runMeshJob(plan, {
    resume: false,
    overwrite: false,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    ...options,
  });
  return { events, summary };
}
