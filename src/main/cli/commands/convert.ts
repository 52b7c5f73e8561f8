import type { Command } from 'commander';
import type { JobEvent } from '../../../shared/api/job-events';
import { CONVERT_OPTIONS, convertSpecSchema, parseConvertSpec } from '../../../shared/api/job-spec';
import { serializeError } from '../../../shared/base/errors';
import { formatBytes, formatCount, formatDuration } from '../../../shared/base/format-quantity';
import type { ConversionPlan } from '../../engine/conversion-plan';
import { describePlan, planJson } from '../describe-plan';
import type { CommandContext } from '../command-context';
import { optionFlag } from '../option-flag';
import { ProgressLine } from '../progress-line';
import { exitCodeOf, reportError } from '../report-error';

interface RunFlags {
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command.argument('<input>', 'folder of slices, or a file').argument('<output>', 'folder for the dataset');
  for (const [name, definition] of Object.entries(CONVERT_OPTIONS)) {
    command.addOption(optionFlag(definition, DEFAULTS[name]));
  }
  command
    .option('--resume', 'go on with an interrupted job')
    .option('--overwrite', 'replace the dataset or the unfinished job in the output folder')
    .option('--dry-run', 'say what would be done, and write nothing')
    .option('--json', 'print events as JSON, one a line (docs/job-events.md)')
    .action(async (input: string, output: string, flags: RunFlags & Record<string, unknown>) => {
      process.exitCode = await convert(input, output, flags, context);
    });
}

const DEFAULTS: Readonly<Record<string, unknown>> = convertSpecSchema.parse({
  kind: 'convert',
  input: '-',
  output: '-',
});

async function convert(
  input: string,
  output: string,
  flags: RunFlags & Record<string, unknown>,
  context: CommandContext,
): Promise<number> {
  const line = new ProgressLine();
  const emit = (event: JobEvent): void => {
    if (flags.json === true) process.stdout.write(`${JSON.stringify(event)}\n`);
    else line.show(event);
  };
  try {
    const { resume = false, overwrite = false, dryRun, json, ...options } = flags;
    // --help and wrong usage needn't wait for the engine.
    const { planConversion } = await import('../../engine/conversion-plan');
    const plan = await planConversion(parseConvertSpec({ kind: 'convert', input, output, ...options }));
    if (dryRun === true) {
      console.log(json === true ? JSON.stringify(planJson(plan)) : describePlan(plan));
      return 0;
    }
    announce(plan, emit);
    const { runConversion } = await import('../../engine/convert-job');
    const { workerFile, signal } = context;
    const summary = await runConversion(plan, { resume, overwrite, workerFile, signal, emit });
    line.clear();
    emit({ event: 'done', summary });
    if (json !== true) {
      console.log(
        `${summary.output}: ${formatCount(summary.voxels)} voxels in ${summary.scales} scales, ` +
          `${formatBytes(summary.bytesWritten)} in ${summary.files} files, ${formatDuration(summary.elapsedMs)}.`,
      );
    }
    return 0;
  } catch (error) {
    line.clear();
    if (flags.json === true) {
      const serialized = serializeError(error);
      emit(serialized.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error: serialized });
      return exitCodeOf(error);
    }
    const code = reportError(error);
    if (code === 130)
      console.error('What is done is kept: the same command with --resume goes on from here.');
    return code;
  }
}

/** What the user should know before the work begins. */
function announce(plan: ConversionPlan, emit: (event: JobEvent) => void): void {
  for (const message of plan.source.passedOver) {
    emit({ event: 'log', level: 'info', message: `Passed over: ${message}` });
  }
  for (const message of plan.volume.notes) emit({ event: 'log', level: 'info', message });
}
