import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { planConversion, type ConversionPlan } from '../src/main/engine/job/conversion-plan';
import { runConversion } from '../src/main/engine/job/convert-job';
import type { JobOptions } from '../src/main/engine/run/run-job';
import type { JobEvent, JobSummary } from '../src/shared/api/job-events';
import { parseConvertSpec } from '../src/shared/api/job-spec';

/** The worker entry that `npm test` has built. */
export const WORKER_FILE = resolve('out/main/worker.js');

export interface Converted {
  readonly plan: ConversionPlan;
  readonly summary: JobSummary;
  readonly events: readonly JobEvent[];
}

/** Options of the command line, by their names in the job schema. */
export type Flags = Readonly<Record<string, unknown>>;

/** Converts in this process, with the real pool of workers. */
export async function convertVolume(
  input: string,
  output: string,
  flags: Flags = {},
  options: Partial<JobOptions> = {},
): Promise<Converted> {
  if (!existsSync(WORKER_FILE)) throw new Error(`${WORKER_FILE} isn't built: run npm run build first`);
  const spec = parseConvertSpec({
    kind: 'convert',
    input,
    output,
    resolution: '8,8,8',
    workers: 2,
    mesh: 'none',
    ...flags,
  });
  const plan = await planConversion(spec);
  const events: JobEvent[] = [];
  const summary = await runConversion(plan, {
    resume: false,
    overwrite: false,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    ...options,
  });
  return { plan, summary, events };
}
