import { Option, type Command } from 'commander';
import { z } from 'zod';
import { RUN_OPTIONS } from '../../../shared/api/job-spec';
import { partIndex } from '../cluster/part-index';
import type { CommandContext } from '../command-context';
import { addOptionFlags } from '../option-flag';
import { parseFlags } from '../parse-flags';
import { runJob } from '../run-job';

const flagsSchema = z.object({
  stage: z.string(),
  index: z.coerce.number().pipe(z.int().min(0)).optional(),
  workers: RUN_OPTIONS.workers.schema.optional(),
  memory: RUN_OPTIONS.memory.schema.optional(),
  json: z.boolean().default(false),
});

export function define(command: Command, context: CommandContext): void {
  const { workers, memory } = RUN_OPTIONS;
  command.argument('<output>', 'Folder that the job was planned for');
  addOptionFlags(command, { workers, memory });
  command
    .addOption(new Option('--stage <name>', 'Stage of the job, as plan lists them.').makeOptionMandatory())
    .addOption(
      new Option('--index <n>', 'Part of the stage, counted from 0 (default: what the scheduler says).'),
    )
    .addOption(new Option('--json', 'Print events as JSON, one per line (docs/job-events.md).'))
    .action(async (output: string, flags: unknown) => {
      process.exitCode = await work(output, parseFlags(flagsSchema, flags), context);
    });
}

function work(
  output: string,
  { stage, index, workers, memory, json }: z.output<typeof flagsSchema>,
  { workerFile, signal }: CommandContext,
): Promise<number> {
  return runJob(
    json,
    async (emit) => {
      const part = partIndex(index, process.env);
      const { SharedJob } = await import('../../engine/cluster/work');
      const job = await SharedJob.open(output, { workers, memoryBytes: memory, workerFile, signal, emit });
      try {
        const { tasks, doneBefore } = await job.workOn(stage, part);
        const before = doneBefore === 0 ? '' : `; done before: ${doneBefore}`;
        return {
          report: { event: 'part-done', stage, part, tasks, doneBefore },
          described: `${stage}, part ${part}: ${tasks === 1 ? 'its task is' : `${tasks} tasks are`} done${before}.`,
        };
      } finally {
        await job.close();
      }
    },
    'Finished tasks are kept. Run the same command to continue.',
  );
}
