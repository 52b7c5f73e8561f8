import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { PublishEvent } from '../../../shared/api/publish-events';
import { fillName, parseTargetSpec, TARGET_OPTIONS, type TargetSpec } from '../../../shared/api/publish-spec';
import { InvalidInputError, serializeError } from '../../../shared/base/errors';
import { PUBLIC_VIEWER_URL } from '../../../shared/precomputed/viewer-link';
import { nginxForTarget } from '../../publish/nginx-config';
import { openTarget } from '../../publish/open-target';
import { publishDataset } from '../../publish/publish-job';
import type { PublishTarget } from '../../publish/publish-target';
import type { AskSecret } from '../../places/ssh/ask-secret';
import { SavedTargets } from '../../publish/saved-targets';
import { setUpBucket } from '../set-up-bucket';
import { setUpNginx } from '../set-up-nginx';
import { askConsent, askSecret } from '../ask';
import type { CommandContext } from '../command-context';
import { appDataFolder } from '../../studio/data-folder';
import { describeCheck } from '../describe-check';
import { describePublishProgress, describePublishStart, describePublished } from '../describe-publish';
import { ProgressLine } from '../progress-line';
import { exitCodeOf, reportError } from '../report-error';
import { localPath } from '../local-path';

interface PublishFlags {
  readonly target?: string;
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
  command
    .argument('<dataset>', 'Folder of a precomputed volume', localPath)
    .argument(
      '[address]',
      's3://BUCKET/PREFIX, sftp://USER@HOST/PATH or file:FOLDER. {name} stands for the name of the dataset',
    )
    .option(
      '--target <name>',
      'Use the saved target of this name, or save the given address and options under it.',
    );
  for (const { flag, help } of Object.values(TARGET_OPTIONS))
    command.addOption(new Option(flag, help).helpGroup('Target:'));
  command.addOption(new Option('--no-path-style').hideHelp());
  command
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
    .action(
      async (dataset: string, address: string | undefined, flags: PublishFlags & Record<string, unknown>) => {
        process.exitCode = await publish(dataset, address, flags, context);
      },
    );
}

async function publish(
  dataset: string,
  address: string | undefined,
  flags: PublishFlags & Readonly<Record<string, unknown>>,
  { signal }: CommandContext,
): Promise<number> {
  const line = new ProgressLine();
  const emit = (event: PublishEvent): void => {
    if (flags.json === true) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (event.event === 'progress') line.draw(describePublishProgress(event), event.elapsedMs);
    else if (event.event === 'started') line.print(describePublishStart(event, flags.dryRun === true));
    else if (event.event === 'log') line.print(event.message);
  };
  let target: PublishTarget | undefined;
  try {
    const spec = fillName(await chooseTarget(address, flags), basename(resolve(dataset)));
    if (flags.nginx === true) {
      console.log(nginxForTarget(spec));
      return 0;
    }
    target = await openTarget({
      spec,
      dataset,
      createBucket: flags.createBucket === true && flags.dryRun !== true,
      askSecret: secretFromEnvironmentOr(askSecret),
      confirmHost: (host, fingerprint, keyType) =>
        askConsent(
          `${host} is not in known_hosts. Its ${keyType} key is ${fingerprint}. Trust it this time?`,
        ),
    });
    await setUpBucket(target, { configure: flags.configure === true, dryRun: flags.dryRun === true, emit });
    if (flags.installNginx === true) {
      await setUpNginx(target, { spec, command: flags.nginxCommand, dryRun: flags.dryRun === true, emit });
    }
    const { plan, summary, check } = await publishDataset({
      dataset,
      target,
      dataFolder: appDataFolder(),
      dryRun: flags.dryRun === true,
      checksum: flags.checksum === true,
      deleteStale: flags.delete === true,
      overwrite: flags.overwrite === true,
      check: flags.check,
      viewer: flags.viewer,
      signal,
      emit,
    });
    line.clear();
    if (summary === undefined) return 0;
    emit({ event: 'done', summary });
    if (flags.json === true) {
      if (check !== undefined) console.log(JSON.stringify({ event: 'check', report: check }));
    } else {
      console.log(describePublished(summary, plan));
      if (check !== undefined) console.log(describeCheck(check));
      else if (summary.link !== undefined) console.log(`Open in Neuroglancer: ${summary.link}`);
    }
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

function reportCancelled(code: number): number {
  if (code === 130) console.error('Files that were sent are kept. Run the same command again to continue.');
  return code;
}

/**
 * Returns the target that is named or given. A target that is given together with a name is saved under that name.
 */
async function chooseTarget(
  address: string | undefined,
  flags: PublishFlags & Readonly<Record<string, unknown>>,
): Promise<TargetSpec> {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(TARGET_OPTIONS)) if (flags[name] !== undefined) given[name] = flags[name];
  const saved = new SavedTargets(appDataFolder());
  if (address === undefined) {
    if (flags.target === undefined) {
      throw new InvalidInputError('No target was given.', {
        remedy: 'Add an address such as s3://BUCKET/PREFIX, or a saved target with --target NAME.',
        fields: { usage: true },
      });
    }
    return parseTargetSpec({ ...(await saved.get(flags.target)), ...given });
  }
  const spec = parseTargetSpec({ address, ...given });
  if (flags.target !== undefined) await saved.save(flags.target, spec);
  return spec;
}

/** Scripts can give a password through the environment, where it is in no file and no process argument. */
function secretFromEnvironmentOr(ask: typeof askSecret): AskSecret {
  return async (question, kind, shown) => {
    // The variable is for the password or the passphrase. A one-time code is something else, which only a person has.
    const known = kind === 'code' ? undefined : process.env['PRECOMPUTED_STUDIO_SSH_SECRET'];
    return known ?? (await ask(question, shown));
  };
}
