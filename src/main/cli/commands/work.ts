import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { RUN_OPTIONS } from '../../../shared/api/job-spec';
import { InvalidInputError } from '../../../shared/base/errors';
import type { SharedJob } from '../../engine/cluster/work';
import { completeAlready, completeDataset } from '../cluster/complete-dataset';
import { partIndex } from '../cluster/part-index';
import type { CommandContext } from '../command-context';
import { addOptionFlags } from '../option-flag';
import { localPath } from '../local-path';
import { parseFlags } from '../parse-flags';
import { runJob, type JobOutcome } from '../run-job';

const flagsSchema = z.object({
  stage: z.string().optional(),
  index: z.coerce.number().pipe(z.int().min(0)).optional(),
  any: z.boolean().default(false),
  finish: z.boolean().default(false),
  lease: z.coerce.number().pipe(z.number().min(1).max(3600)).optional(),
  workers: RUN_OPTIONS.workers.schema.optional(),
  memory: RUN_OPTIONS.memory.schema.optional(),
  json: z.boolean().default(false),
});
type WorkFlags = z.output<typeof flagsSchema>;

export function define(command: Command, context: CommandContext): void {
  const { workers, memory } = RUN_OPTIONS;
  command.argument('<output>', 'Folder that the job was planned for');
  addOptionFlags(command, { workers, memory });
  const flags = [
    new Option('--stage <name>', 'Stage of the job, as plan lists them.'),
    new Option('--index <n>', 'Part of the stage, counted from 0 (default: what the scheduler says).'),
    new Option('--any', 'Do any parts that no other process is doing, stage by stage, until all are done.'),
    new Option(
      '--finish',
      'With --any: complete the dataset when all parts are done. Give it to one process only.',
    ),
    new Option(
      '--lease <seconds>',
      'With --any: take over a part whose process has shown no sign of life for this time (default: 60). --finish waits as long for such a process.',
    ),
    new Option('--json', 'Print events as JSON, one per line (docs/job-events.md).'),
  ];
  for (const flag of flags) command.addOption(flag);
  command.action(async (output: string, flags: unknown) => {
    process.exitCode = await work(localPath(output), parseFlags(flagsSchema, flags), context);
  });
}

function work(output: string, flags: WorkFlags, { workerFile, signal }: CommandContext): Promise<number> {
  return runJob(
    flags.json,
    async (emit) => {
      checkFlags(flags);
      const complete = flags.any ? await completeAlready(output) : undefined;
      if (complete !== undefined) return complete;
      const { SharedJob } = await import('../../engine/cluster/work');
      const { withSharedPlace } = await import('../cluster/shared-place');
      const { workers, memory: memoryBytes, lease } = flags;
      const leaseMs = lease && lease * 1000;
      const outcome = await withSharedPlace(output, signal, async (remote) => {
        const options = { workers, memoryBytes, remote, workerFile, signal, emit };
        const job = await SharedJob.open(output, options);
        try {
          return flags.any ? await anyParts(job, output, leaseMs, signal) : await onePart(job, flags);
        } finally {
          await job.close();
        }
      });
      return flags.finish ? completeDataset(output, { workerFile, signal, emit, leaseMs }) : outcome;
    },
    'Finished tasks are kept. Run the same command to continue.',
  );
}

/** @throws InvalidInputError for flags that contradict each other */
function checkFlags({ any, stage, index, finish, lease }: WorkFlags): void {
  const wrong = any
    ? [stage !== undefined && '--stage', index !== undefined && '--index']
    : [finish && '--finish', lease !== undefined && '--lease'];
  const names = wrong.filter((name) => name !== false);
  if (names.length > 0) {
    throw new InvalidInputError(
      any
        ? `${names.join(' and ')} can't be given with --any.`
        : `${names.join(' and ')} can only be given with --any.`,
      { remedy: 'Leave one of them out.', fields: { usage: true } },
    );
  }
  if (any || stage !== undefined) return;
  throw new InvalidInputError('What to do is not known.', {
    remedy: 'Give --stage and --index, or --any for all that is left to do.',
    fields: { usage: true },
  });
}

async function onePart(job: SharedJob, { stage = '', index }: WorkFlags): Promise<JobOutcome> {
  const part = partIndex(index, process.env);
  const { tasks, doneBefore } = await job.workOn(stage, part);
  const before = doneBefore === 0 ? '' : `; done before: ${doneBefore}`;
  return {
    report: { event: 'part-done', stage, part, tasks, doneBefore },
    described: `${stage}, part ${part}: ${tasks === 1 ? 'its task is' : `${tasks} tasks are`} done${before}.`,
  };
}

async function anyParts(
  job: SharedJob,
  output: string,
  leaseMs: number | undefined,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { PartClaims } = await import('../../engine/cluster/part-claims');
  const claims = new PartClaims(resolve(output), signal, leaseMs);
  const { tasks, doneBefore } = await job.workOnAny(claims);
  const own = tasks - doneBefore;
  return {
    report: { event: 'all-done', output, tasks: own },
    described: `All tasks are done, ${own} of them by this process. Complete the dataset with: precomputed-studio finish ${output}`,
  };
}
