import type { Command } from 'commander';
import type { JobEvent } from '../../../shared/api/job-events';
import { CONVERT_OPTIONS, parseConvertSpec } from '../../../shared/api/job-spec';
import { formatCount } from '../../../shared/base/format-quantity';
import type { ConversionPlan } from '../../engine/conversion-plan';
import { mostWorkers } from '../../engine/run/memory-budget';
import type { CommandContext } from '../command-context';
import type { RemoteOutput } from '../../engine/run/remote-output';
import { addOutputFlags, openOutput, type OutputFlags } from '../conversion-output';
import { addOptionFlags } from '../option-flag';
import { addJobFlags, runJob, type JobFlags, type JobOutcome } from '../run-job';

type ConvertFlags = JobFlags & OutputFlags & Readonly<Record<string, unknown>>;

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<input>', 'Folder of slices, a file, or an address')
    .argument('<output>', 'Folder for the dataset, or s3://BUCKET/PREFIX');
  addOptionFlags(command, CONVERT_OPTIONS);
  addOutputFlags(command);
  addJobFlags(command, 'Replace the dataset in the output folder').action(
    async (input: string, output: string, flags: ConvertFlags) => {
      process.exitCode = await convert(input, output, flags, context);
    },
  );
}

function convert(
  input: string,
  output: string,
  flags: ConvertFlags,
  { workerFile, signal }: CommandContext,
): Promise<number> {
  const {
    resume = false,
    overwrite = false,
    deleteFirst = false,
    dryRun = false,
    json = false,
    ...rest
  } = flags;
  const { endpoint, pathStyle, region, profile, createBucket, work, ...options } = rest;
  return runJob(json, async (emit) => {
    const s3 = defined({ endpoint, pathStyle, region, profile, createBucket, work });
    const { folder, remote, close } = await openOutput(output, s3, { ...options, dryRun }, signal);
    try {
      return await convertTo(folder, remote, emit);
    } finally {
      await close();
    }
  });

  async function convertTo(
    folder: string,
    remote: RemoteOutput | undefined,
    emit: (event: JobEvent) => void,
  ): Promise<JobOutcome> {
    const spec = parseConvertSpec({ kind: 'convert', input, output: folder, ...options });
    // --help and wrong usage needn't wait for the engine.
    if (dryRun) {
      const { planConversion } = await import('../../engine/conversion-plan');
      const plan = await planConversion(spec);
      const { describePlan, lookAhead, planJson } = await import('../describe-plan');
      const outlook = await lookAhead(plan);
      if (remote !== undefined) remote.admit(await remote.look(plan.volume.info), overwrite || resume);
      return { plan: planJson(plan, outlook), described: describePlan(plan, outlook) };
    }
    const { WorkerPool } = await import('../../engine/run/worker-pool');
    // They start while the rest is loaded and the input is looked at.
    const workers = mostWorkers({ memoryBytes: spec.memory, workers: spec.workers });
    const startedPool = new WorkerPool({ workerFile, workers });
    try {
      const { planConversion } = await import('../../engine/conversion-plan');
      const plan = await planConversion(spec);
      announce(plan, emit);
      const { runConversion } = await import('../../engine/convert-job');
      const summary = await runConversion(plan, {
        resume,
        overwrite,
        deleteFirst,
        ...(remote === undefined ? {} : { remote }),
        workerFile,
        startedPool,
        signal,
        emit,
      });
      return { summary, made: `${formatCount(summary.voxels)} voxels in ${summary.scales} scales` };
    } finally {
      await startedPool.close();
    }
  }
}

/** What is given of optional fields. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** What the user should know before the work begins. */
function announce(plan: ConversionPlan, emit: (event: JobEvent) => void): void {
  for (const message of plan.source.passedOver) {
    emit({ event: 'log', level: 'info', message: `Skipped: ${message}` });
  }
  for (const message of plan.volume.notes) emit({ event: 'log', level: 'info', message });
}
