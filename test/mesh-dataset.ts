import { planMeshJob, runMeshJob } from '../src/main/engine/job/mesh-job';
import type { JobOptions } from '../src/main/engine/run/run-job';
import type { JobEvent } from '../src/shared/api/job-events';
import { parseMeshSpec } from '../src/shared/api/job-spec';
import { WORKER_FILE, type Flags } from './convert-volume';

/** Meshes a dataset in this process, with the real pool of workers. */
export async function meshDataset(
  dataset: string,
  flags: Flags,
  options: Partial<JobOptions> = {},
): Promise<{ readonly events: readonly JobEvent[] }> {
  const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, workers: 2, ...flags }));
  const events: JobEvent[] = [];
  await runMeshJob(plan, {
    resume: false,
    overwrite: false,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    ...options,
  });
  return { events };
}
