import type { Command } from 'commander';
import type { UnpublishPlan } from '../../../shared/api/publish-types';
import { InvalidInputError } from '../../../shared/base/errors';
import { counted, formatBytes } from '../../../shared/base/format-quantity';
import { unpublishDataset } from '../../publish/unpublish';
import { appDataFolder } from '../../studio/data-folder';
import { askConsent } from '../ask';
import { addTargetFlags, chosenTarget, openChosenTarget, type TargetFlags } from '../chosen-target';
import type { CommandContext } from '../command-context';

interface UnpublishFlags extends TargetFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function define(command: Command, { signal }: CommandContext): void {
  addTargetFlags(command, 'Use the saved target of this name.')
    .option('--dry-run', 'Show what would be removed, and change nothing.')
    .option('--yes', 'Remove the files without asking.')
    .action(async (dataset: string, address: string | undefined, flags: UnpublishFlags) => {
      const { spec } = await chosenTarget(dataset, address, flags, false);
      const target = await openChosenTarget(spec, dataset);
      try {
        const consent = (plan: UnpublishPlan) => consentTo(plan, flags);
        const removed = await unpublishDataset({
          dataset,
          target,
          dataFolder: appDataFolder(),
          signal,
          consent,
        });
        if (removed !== undefined)
          console.log(`Removed ${counted(removed.files, 'file')} from ${removed.target}.`);
      } finally {
        await target.close();
      }
    });
}

/** @throws InvalidInputError if nobody can be asked */
async function consentTo(plan: UnpublishPlan, { dryRun, yes }: UnpublishFlags): Promise<boolean> {
  console.log(describe(plan));
  if (dryRun === true) return false;
  if (yes === true) return true;
  if (!process.stdin.isTTY) {
    throw new InvalidInputError('Nothing was removed: there is no terminal to ask in.', {
      remedy: 'Add --yes to remove the files without asking.',
      fields: { usage: true },
    });
  }
  return askConsent('Remove them?');
}

function describe({ target, files, bytes, changedFiles, otherFiles }: UnpublishPlan): string {
  return [
    `${target}: ${counted(files, 'file')} of this folder ${files === 1 ? 'is' : 'are'} there (${formatBytes(bytes)}).`,
    ...(changedFiles === 0
      ? []
      : [`${counted(changedFiles, 'file')} changed since the upload, left in place.`]),
    ...(otherFiles === 0 ? [] : [`${counted(otherFiles, 'other file')}, left in place.`]),
  ].join('\n');
}
