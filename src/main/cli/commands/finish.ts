import type { Command } from 'commander';
import { z } from 'zod';
import { completeDataset } from '../cluster/complete-dataset';
import type { CommandContext } from '../command-context';
import { localPath } from '../local-path';
import { parseFlags } from '../parse-flags';
import { runJob } from '../run-job';

const flagsSchema = z.object({ json: z.boolean().default(false) });

export function define(command: Command, { workerFile, signal }: CommandContext): void {
  command
    .argument('<output>', 'Folder that the job was planned for')
    .option('--json', 'Print events as JSON, one per line (docs/job-events.md).')
    .action(async (given: string, flags: unknown) => {
      const output = localPath(given);
      const { json } = parseFlags(flagsSchema, flags);
      process.exitCode = await runJob(
        json,
        (emit) => completeDataset(output, { workerFile, signal, emit }),
        'Finished tasks are kept. Run the same command to continue.',
      );
    });
}
