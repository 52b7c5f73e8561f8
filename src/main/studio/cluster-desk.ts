import { dirname, join } from 'node:path';
import { isAddress } from '../../shared/api/input-address';
import { CONVERT_OPTIONS, type ConvertSpec } from '../../shared/api/job-spec';
import { filesIn } from '../../shared/api/option';
import type { Scheduler } from '../../shared/api/schedulers';
import { startCommand, writeScripts } from '../engine/cluster/cluster-scripts';
import { planConversionForCluster } from '../engine/cluster/plan-cluster';
import { planConversion } from '../engine/job/conversion-plan';
import { neverAborted } from '../base/never-aborted';
import { openOutput, type BucketOutput } from './bucket-output';

/** A job that waits in its folder, and the command that starts it. */
export interface ClusterJob {
  readonly folder: string;
  readonly command: string;
}

/**
 * Writes a conversion as a job for several machines. If the same job is in the folder already, only its script is written
 * again.
 * @param bucket the place of the dataset if that isn't the folder of the job
 * @param workerFile built entry of this program, beside that of the command line
 * @throws InvalidInputError if the folder or the bucket is already in use
 */
export async function planClusterJob(
  spec: ConvertSpec,
  bucket: BucketOutput | undefined,
  scheduler: Scheduler,
  workerFile: string,
): Promise<ClusterJob> {
  const options = { overwrite: false, tasksPerPart: undefined, emit: () => undefined };
  const plan = await planConversion(spec, { isForCluster: true });
  const remote = bucket && (await openOutput(bucket, neverAborted()));
  const { shareOut } = await planConversionForCluster(plan, options, remote).finally(() => remote?.close());
  const files = filesIn(CONVERT_OPTIONS, spec).map(([, path]) => path);
  const script = await writeScripts(scheduler, {
    output: spec.output,
    shareOut,
    inputs: isAddress(spec.input) ? files : [spec.input, ...files],
    // Node can't run the files of an installed app: then the program has to be installed on the machines.
    program:
      process.versions['electron'] === undefined
        ? { node: process.execPath, cli: join(dirname(workerFile), 'cli.js') }
        : undefined,
  });
  return { folder: spec.output, command: startCommand(scheduler, script) };
}
