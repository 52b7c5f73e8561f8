import type { Command } from 'commander';
import type { JobEvent } from '../../../shared/api/job-events';
import { CONVERT_OPTIONS, parseConvertSpec } from '../../../shared/api/job-spec';
import { formatCount } from '../../../shared/base/format-quantity';
import type { ConversionPlan } from '../../engine/conversion-plan';
import { mostWorkers } from '../../engine/run/memory-budget';
import type { CommandContext } from '../command-context';
import { addOptionFlags } from '../option-flag';
import { addJobFlags, runJob, type JobFlags } from '../run-job';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<input>', 'Folder of slices, a file, or an address')
    .argument('<output>', 'Folder for the dataset');
  addOptionFlags(command, CONVERT_OPTIONS);
  addJobFlags(command, 'Replace the dataset in the output folder').action(
    async (input: string, output: string, flags: JobFlags & Record<string, unknown>) => {
      process.exitCode = await convert(input, output, flags, context);
    },
  );
}

function convert(
  input: string,
  output: string,
  flags: JobFlags & Record<string, unknown>,
  { workerFile, signal }: CommandContext,
): Promise<number> {
  const { resume = false, overwrite = false, deleteFirst = false, dryRun, json = false, ...options } = flags;
  return runJob(json, async (emit) => {
    const spec = parseConvertSpec({ kind: 'convert', input, output, ...options });
    // --help and wrong usage needn't wait for the engine.
    if (dryRun === true) {
      const { planConversion } = await import('../../engine/conversion-plan');
      const plan = await planConversion(spec);
      const { describePlan, lookAhead, planJson } = await import('../describe-plan');
      const outlook = await lookAhead(plan);
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
        workerFile,
        startedPool,
        signal,
        emit,
      });
      return { summary, made: `${formatCount(summary.voxels)} voxels in ${summary.scales} scales` };
    } finally {
      await startedPool.close();
    }
  });
}

/** What the user should know before the work begins. */
function announce(plan: ConversionPlan, emit: (event: JobEvent) => void): void {
  for (const message of plan.source.passedOver) {
    emit({ event: 'log', level: 'info', message: `Skipped: ${message}` });
  }
  for (const message of plan.volume.notes) emit({ event: 'log', level: 'info', message });
}
