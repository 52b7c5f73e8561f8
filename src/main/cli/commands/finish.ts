import type { Command } from 'commander';
import { z } from 'zod';
import { formatCount } from '../../../shared/base/format-quantity';
import type { CommandContext } from '../command-context';
import { parseFlags } from '../parse-flags';
import { runJob } from '../run-job';

const flagsSchema = z.object({ json: z.boolean().default(false) });

export function define(command: Command, { workerFile, signal }: CommandContext): void {
  command
    .argument('<output>', 'Folder that the job was planned for')
    .option('--json', 'Print events as JSON, one per line (docs/job-events.md).')
    .action(async (output: string, flags: unknown) => {
      const { json } = parseFlags(flagsSchema, flags);
      process.exitCode = await runJob(
        json,
        async (emit) => {
          const { finishSharedJob } = await import('../../engine/cluster/finish');
          const summary = await finishSharedJob(output, { workerFile, signal, emit });
          return { summary, made: `${formatCount(summary.voxels)} voxels in ${summary.scales} scales` };
        },
        'Finished tasks are kept. Run the same command to continue.',
      );
    });
}
