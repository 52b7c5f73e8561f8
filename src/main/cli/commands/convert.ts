import type { Command } from 'commander';
import type { JobEvent } from '../../../shared/api/job-events';
import { isAddress } from '../../../shared/api/input-address';
import { CONVERT_OPTIONS, parseConvertSpec, type ConvertSpec } from '../../../shared/api/job-spec';
import { counted, formatCount } from '../../../shared/base/format-quantity';
import { folderOfInfo } from '../../base/folder-of-info';
import type { ConversionPlan } from '../../engine/job/conversion-plan';
import { mostWorkers } from '../../engine/run/memory-budget';
import type { CommandContext } from '../command-context';
import type { RemoteOutput } from '../../engine/run/remote-output';
import type { WorkerPool } from '../../engine/run/worker-pool';
import {
  addOutputFlags,
  openOutput,
  splitOutputFlags,
  type ConversionOutput,
  type OutputFlags,
} from '../conversion-output';
import type { PlannedPlace } from '../describe-plan';
import { addOptionFlags } from '../option-flag';
import { requireUnits } from '../require-units';
import { addJobFlags, runJob, splitJobFlags, type JobFlags } from '../run-job';

type ConvertFlags = JobFlags & OutputFlags & Readonly<Record<string, unknown>>;

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<input>', 'Folder of slices, a file, or an address', folderOfInfo)
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
  const { mode, dryRun, json, others } = splitJobFlags(flags);
  return runJob(json, async (emit) => {
    const { ofOutput, options } = splitOutputFlags(others, [input, output]);
    // The folder of an address is only known once its place is open. Usage errors should be reported before that, and
    // before the engine is loaded.
    requireUnits(options);
    const asked = parseConvertSpec({
      kind: 'convert',
      input,
      output: isAddress(output) ? '.' : output,
      ...options,
    });
    const startedPool = dryRun ? undefined : await startPool(asked, workerFile);
    let opened: ConversionOutput | undefined;
    try {
      opened = await openOutput(output, ofOutput, { ...options, dryRun }, signal);
      const { folder, remote } = opened;
      const { planConversion } = await import('../../engine/job/conversion-plan');
      const plan = await planConversion({ ...asked, output: folder }, { access: ofOutput.access });
      await remote?.prepare();
      if (startedPool === undefined) {
        const { describePlan, lookAhead, planJson } = await import('../describe-plan');
        const outlook = await lookAhead(plan);
        const place = remote && (await lookAt(remote, plan, mode.overwrite || mode.resume));
        const report = { ...planJson(plan, outlook), ...(place === undefined ? {} : { place }) };
        return { report, described: describePlan(plan, outlook, place) };
      }
      announce(plan, emit);
      const { runConversion } = await import('../../engine/job/convert-job');
      const summary = await runConversion(plan, {
        ...mode,
        ...(remote === undefined ? {} : { remote }),
        workerFile,
        startedPool,
        signal,
        emit,
      });
      return {
        summary,
        made: `${formatCount(summary.voxels)} voxels in ${counted(summary.scales, 'scale')}`,
      };
    } finally {
      await startedPool?.close();
      await opened?.close();
    }
  });
}

/** @throws InvalidInputError if the dataset may not be sent to the place */
async function lookAt(
  remote: RemoteOutput,
  { volume }: ConversionPlan,
  mayReplace: boolean,
): Promise<PlannedPlace> {
  const state = await remote.look(volume.info);
  remote.admit(state, mayReplace);
  return { id: remote.place.id, holds: state.kind };
}

/** Starts threads early, while the rest of the program is loaded and the input is examined. */
async function startPool({ memory, workers }: ConvertSpec, workerFile: string): Promise<WorkerPool> {
  const { WorkerPool } = await import('../../engine/run/worker-pool');
  return new WorkerPool({ workerFile, workers: mostWorkers({ memoryBytes: memory, workers }) });
}

/** Reports notes that the user should see before the work begins. */
function announce(plan: ConversionPlan, emit: (event: JobEvent) => void): void {
  for (const message of plan.source.passedOver) {
    emit({ event: 'log', level: 'info', message: `Ignored: ${message}` });
  }
  for (const message of plan.volume.notes) emit({ event: 'log', level: 'info', message });
}
