import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidInputError } from '../../../shared/base/errors';
import { PUBLIC_VIEWER_URL } from '../../../shared/precomputed/viewer-link';
import { viewerAddress } from '../../places/bucket-place';
import { checkUrl } from '../../check/check-url';
import { addBucketFlags, bucketAccess } from '../bucket-flags';
import type { CommandContext } from '../command-context';
import { describeCheck } from '../describe-check';

interface CheckFlags {
  readonly all?: boolean;
  readonly viewer: string;
  readonly json?: boolean;
}

export function define(command: Command, { signal }: CommandContext): void {
  addBucketFlags(command)
    .argument('<url>', 'Web address of a published dataset, or s3://BUCKET/PREFIX')
    .option('--all', 'Read every chunk and every mesh instead of a sample.')
    .option('--viewer <address>', 'Neuroglancer that should be able to read it.', PUBLIC_VIEWER_URL)
    .option('--json', 'Print the report as JSON.')
    .action(async (address: string, flags: CheckFlags) => {
      const { all = false, viewer, json } = flags;
      if (existsSync(address)) {
        throw new InvalidInputError(`check reads published datasets, and ${address} is on this machine.`, {
          remedy:
            'Check a dataset on this machine with `verify`, or give the web address at which it is published.',
          fields: { usage: true },
        });
      }
      const url = await viewerAddress(address, bucketAccess(flags, [address]));
      const report = await checkUrl({ url, all, viewer, signal });
      console.log(json === true ? JSON.stringify(report, null, 2) : describeCheck(report));
      process.exitCode = report.ok ? 0 : 1;
    });
}
