import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidInputError } from '../../../shared/base/errors';
import { PUBLIC_VIEWER_URL } from '../../../shared/precomputed/viewer-link';
import { checkUrl } from '../../check/check-url';
import type { CommandContext } from '../command-context';
import { describeCheck } from '../describe-check';

interface CheckFlags {
  readonly all?: boolean;
  readonly viewer: string;
  readonly json?: boolean;
}

export function define(command: Command, { signal }: CommandContext): void {
  command
    .argument('<url>', 'Web address of a published dataset')
    .option('--all', 'Read every chunk and every mesh instead of a sample.')
    .option('--viewer <address>', 'Neuroglancer that should be able to read it.', PUBLIC_VIEWER_URL)
    .option('--json', 'Print the report as JSON.')
    .action(async (url: string, { all = false, viewer, json }: CheckFlags) => {
      if (existsSync(url)) {
        throw new InvalidInputError(`check reads published datasets, and ${url} is on this machine.`, {
          remedy:
            'Check a dataset on this machine by `verify`, or give the web address at which it is published.',
          fields: { usage: true },
        });
      }
      const report = await checkUrl({ url, all, viewer, signal });
      console.log(json === true ? JSON.stringify(report, null, 2) : describeCheck(report));
      process.exitCode = report.ok ? 0 : 1;
    });
}
