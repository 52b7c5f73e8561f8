import type { Command } from 'commander';
import type { PublishEvent, PublishSummary } from '../../../shared/api/publish-events';
import { serializeError } from '../../../shared/base/errors';
import { PUBLIC_VIEWER_URL } from '../../../shared/precomputed/viewer-link';
import { openDataset } from '../../engine/dataset/dataset';
import { nginxForTarget } from '../../publish/nginx-config';
import { publishDataset, type PublishResult } from '../../publish/publish-job';
import type { PublishTarget } from '../../publish/publish-target';
import { setUpBucket } from '../set-up-bucket';
import { setUpNginx } from '../set-up-nginx';
import {
  addTargetFlags,
  chosenTarget,
  openChosenTarget,
  notSaved,
  saveTarget,
  type TargetFlags,
} from '../chosen-target';
import type { CommandContext } from '../command-context';
import { appDataFolder } from '../../studio/data-folder';
import { describeCheck } from '../describe-check';
import { describePublishProgress, describePublishStart, describePublished } from '../describe-publish';
import { ProgressLine } from '../progress-line';
import { exitCodeOf, reportError } from '../report-error';

interface PublishFlags extends TargetFlags {
  readonly checksum?: boolean;
  readonly delete?: boolean;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly createBucket?: boolean;
  readonly configure?: boolean;
  readonly nginx?: boolean;
  readonly installNginx?: boolean;
  readonly nginxCommand: string;
  readonly check: boolean;
  readonly viewer: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  addTargetFlags(
    command,
    'Use the saved target of this name, or save the given address and options under it.',
  )
    .option('--dry-run', 'Show what would be sent and removed, and change nothing.')
    .option('--checksum', 'Compare file contents on both sides instead of the record of the last upload.')
    .option('--delete', 'Remove files at the target that no longer belong to the dataset.')
    .option('--overwrite', 'Replace a dataset at the target that was not sent from this folder.')
    .option('--create-bucket', 'Create the bucket if it does not exist.')
    .option('--configure', 'Make the prefix public: set public access, policy and CORS of the bucket.')
    .option('--nginx', 'Print the nginx configuration and send nothing.')
    .option('--install-nginx', 'Install the configuration in nginx on the host, after nginx -t accepts it.')
    .option('--nginx-command <command>', 'Command that runs nginx on the host.', 'nginx')
    .option('--no-check', 'Skip the check of the published dataset.')
    .option('--viewer <address>', 'Neuroglancer to use in the link.', PUBLIC_VIEWER_URL)
    .option('--json', 'Print events as JSON, one per line.')
    .action(async (dataset: string, address: string | undefined, flags: PublishFlags) => {
      process.exitCode = await publish(dataset, address, flags, context);
    });
}

async function publish(
  dataset: string,
  address: string | undefined,
  flags: PublishFlags,
  { signal }: CommandContext,
): Promise<number> {
  const line = new ProgressLine();
  const emit = (event: PublishEvent): void => show(event, line, flags);
  const log = (message: string): void => emit({ event: 'log', level: 'info', message });
  let target: PublishTarget | undefined;
  try {
    const { spec, toSave } = await chosenTarget(dataset, address, flags, true);
    if (flags.nginx === true) {
      console.log(nginxForTarget(spec));
      if (toSave !== undefined) console.error(notSaved(toSave, 'nothing was sent'));
      return 0;
    }
    // Nothing may be changed at a target for a folder that holds no dataset.
    await openDataset(dataset);
    target = await openChosenTarget(spec, dataset, flags);
    const { lacking, triedWays } = await setUpBucket(target, {
      configure: flags.configure === true,
      dryRun: flags.dryRun === true,
      signal,
      emit,
    });
    if (flags.installNginx === true) {
      await setUpNginx(target, { spec, command: flags.nginxCommand, dryRun: flags.dryRun === true, emit });
    }
    const published = await publishDataset({
      dataset,
      target,
      dataFolder: appDataFolder(),
      dryRun: flags.dryRun === true,
      checksum: flags.checksum === true,
      deleteStale: flags.delete === true,
      overwrite: flags.overwrite === true,
      check: flags.check,
      triedWays,
      viewer: flags.viewer,
      signal,
      emit,
    });
    line.clear();
    const { summary, check } = published;
    if (summary === undefined) {
      if (toSave !== undefined) log(notSaved(toSave, 'nothing was sent'));
      return 0;
    }
    if (check?.ok !== true) {
      for (const message of lacking) emit({ event: 'log', level: 'warning', message });
    }
    if (toSave !== undefined) {
      const isGood = check?.ok !== false;
      log(isGood ? await saveTarget(toSave) : notSaved(toSave, "viewers can't read there yet"));
    }
    emit({ event: 'done', summary });
    if (flags.json !== true) console.log(describeResult(summary, published));
    else if (check !== undefined) console.log(JSON.stringify({ event: 'check', report: check }));
    return check?.ok === false ? 1 : 0;
  } catch (error) {
    line.clear();
    if (flags.json !== true) return reportCancelled(reportError(error));
    const serialized = serializeError(error);
    emit(serialized.tag === 'cancelled' ? { event: 'cancelled' } : { event: 'failed', error: serialized });
    return exitCodeOf(error);
  } finally {
    await target?.close();
  }
}

function show(event: PublishEvent, line: ProgressLine, { json, dryRun }: PublishFlags): void {
  if (json === true) process.stdout.write(`${JSON.stringify(event)}\n`);
  else if (event.event === 'progress') line.draw(describePublishProgress(event), event.elapsedMs);
  else if (event.event === 'started') line.print(describePublishStart(event, dryRun === true));
  else if (event.event === 'log') line.print(event.message);
}

function describeResult(
  summary: PublishSummary,
  { plan, check }: Pick<PublishResult, 'plan' | 'check'>,
): string {
  const { link } = summary;
  // The check knows the address alone. The dataset's own link also shows segments in 3D.
  const seen = check && describeCheck(link === undefined ? check : { ...check, link });
  const opened = link === undefined ? undefined : `Open in Neuroglancer: ${link}`;
  return [describePublished(summary, plan), seen ?? opened].filter((text) => text !== undefined).join('\n');
}

function reportCancelled(code: number): number {
  if (code === 130) console.error('Files that were sent are kept. Run the same command again to continue.');
  return code;
}
