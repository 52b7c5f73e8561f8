import { planMeshJob, runMeshJob } from '../src/main/engine/job/mesh-job';
import type { RemoteOutput } from '../src/main/engine/run/remote-output';
import type { JobOptions } from '../src/main/engine/run/run-job';
import type { S3Place } from '../src/main/places/s3/s3-place';
import type { JobEvent, JobSummary } from '../src/shared/api/job-events';
import { parseMeshSpec } from '../src/shared/api/job-spec';
import { WORKER_FILE, type Flags } from './convert-volume';

/**
 * Meshes a dataset in this process, with the real pool of workers.
 * @param dataset its folder, or if it is in a connected `bucket`, the folder of the job
 * @param whenPlanned is called before the job begins
 */
export async function meshDataset(
  dataset: string,
  flags: Flags,
  options: Partial<JobOptions> = {},
  bucket?: RemoteOutput<S3Place>,
  whenPlanned?: () => Promise<unknown>,
): Promise<{ readonly events: readonly JobEvent[]; readonly summary: JobSummary }> {
  const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, workers: 2, ...flags }), bucket);
  await whenPlanned?.();
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
