import { Option, type Command } from 'commander';
import type { JobEvent, JobSummary } from '../../shared/api/job-events';
import { serializeError } from '../../shared/base/errors';
import { counted, formatBytes, formatDuration } from '../../shared/base/format-quantity';
import { ProgressLine } from './progress-line';
import { exitCodeOf, reportError } from './report-error';

/** Flags of the commands that run a job, in addition to the options of the job. */
export interface JobFlags {
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly deleteFirst?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Splits the flags of a command in those of {@link addJobFlags}, with their defaults, and the others. */
export function splitJobFlags<T extends JobFlags>(flags: T) {
  const {
    resume = false,
    overwrite = false,
    deleteFirst = false,
    dryRun = false,
    json = false,
    ...others
  } = flags;
  return { mode: { resume, overwrite, deleteFirst }, dryRun, json, others };
}

/** @param replace the effect of `--overwrite`, as the beginning of a sentence */
export function addJobFlags(command: Command, replace: string): Command {
  const flags = [
    ['--dry-run', 'Show what would be done and write nothing.'],
    ['--resume', 'Continue an interrupted job.'],
    ['--overwrite', `${replace} once the new files are complete.`],
    [
      '--delete-first',
      'With --overwrite: delete the old files first. This saves disk space, but if the job fails, you have neither the old nor the new files.',
    ],
    ['--json', 'Print events as JSON, one per line (docs/job-events.md).'],
  ] as const;
  for (const [flag, help] of flags) command.addOption(new Option(flag, help).helpGroup('Job:'));
  return command;
}

/**
 * The result of a job: its summary and a description of its output. Or another report, for scripts and for people.
 */
export type JobOutcome =
  | {
      readonly summary: JobSummary;
      readonly made: string;
      /** Set if the job has only completed what other processes have written. */
      readonly isCompletion?: true;
    }
  | { readonly report: object; readonly described: string };

/**
 * Runs the job of a command and shows its progress and its result, for people or as events with `--json`.
 * @param goOn the advice that is printed if the job was cancelled
 * @returns the exit code
 */
export async function runJob(
  json: boolean,
  run: (emit: (event: JobEvent) => void) => Promise<JobOutcome>,
  goOn = 'Finished parts are kept. Run the same command with --resume to continue.',
): Promise<number> {
  const line = new ProgressLine();
  const emit = (event: JobEvent): void => {
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else line.show(event);
  };
  try {
    const outcome = await run(emit);
    line.clear();
    if ('report' in outcome) console.log(json ? JSON.stringify(outcome.report) : outcome.described);
    else if (json) emit({ event: 'done', summary: outcome.summary });
    else console.log(describeOutcome(outcome));
    return 0;
  } catch (error) {
    line.clear();
    if (json) {
      const serialized = serializeError(error);
      emit(serialized.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error: serialized });
      return exitCodeOf(error);
    }
    const code = reportError(error);
    if (code === 130) console.error(goOn);
    return code;
  }
}

function describeOutcome({ summary, made, isCompletion }: Extract<JobOutcome, { summary: unknown }>): string {
  const { output, bytesWritten, files, elapsedMs } = summary;
  if (isCompletion) return `${output}: ${made}. The dataset is complete.`;
  if (files === 0) return `${output}: ${made}. It was already complete.`;
  return `${output}: ${made}, ${formatBytes(bytesWritten)} in ${counted(files, 'file')}, ${formatDuration(elapsedMs)}.`;
}
