import { basename, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import {
  fillName,
  lacksNameInUrl,
  parseTargetSpec,
  TARGET_ADDRESSES,
  TARGET_OPTIONS,
  type TargetSpec,
} from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { openTarget } from '../publish/open-target';
import type { PublishTarget } from '../publish/publish-target';
import { SavedTargets } from '../publish/saved-targets';
import { appDataFolder } from '../studio/data-folder';
import { askConsent, askSecret } from './ask';
import { localDataset } from './local-path';

/** The flags that name a target or say how to reach it. */
export type TargetFlags = Readonly<Record<string, unknown>> & { readonly target?: string };

/** Adds the arguments and flags that name a dataset and its target. @param targetHelp what `--target` does */
export function addTargetFlags(command: Command, targetHelp: string): Command {
  command
    .argument('<dataset>', 'Folder of a precomputed volume', localDataset)
    .argument('[address]', `${TARGET_ADDRESSES}. {name} stands for the name of the dataset`)
    .option('--target <name>', targetHelp);
  for (const { flag, help } of Object.values(TARGET_OPTIONS))
    command.addOption(new Option(flag, help).helpGroup('Target:'));
  return command.addOption(new Option('--no-path-style').hideHelp());
}

/** The target of a command. */
interface ChosenTarget {
  /** For this dataset, with its name filled in. */
  readonly spec: TargetSpec;
  /** The name to save the target under, unless it proves bad, with what to save. */
  readonly toSave?: { readonly name: string; readonly spec: TargetSpec };
}

/**
 * Returns the target that is named or given.
 *
 * @param saves whether a target that is given together with a name is to be saved under it
 */
export async function chosenTarget(
  dataset: string,
  address: string | undefined,
  flags: TargetFlags,
  saves: boolean,
): Promise<ChosenTarget> {
  const spec = await chooseTarget(address, flags, saves);
  const name = address === undefined ? undefined : flags.target;
  return {
    spec: fillName(spec, basename(resolve(dataset))),
    ...(name === undefined ? {} : { toSave: { name, spec } }),
  };
}

/** Saves a target under its name. Returns what to tell the user. */
export async function saveTarget({ name, spec }: NonNullable<ChosenTarget['toSave']>): Promise<string> {
  await new SavedTargets(appDataFolder()).save(name, spec);
  return `Saved as ${name}: from now on, --target ${name} stands for ${spec.address} and its options.`;
}

/** Returns what to tell the user about a target that is not saved under its name. @param why half a sentence */
export function notSaved({ name }: NonNullable<ChosenTarget['toSave']>, why: string): string {
  return `Not saved as ${name}: ${why}.`;
}

async function chooseTarget(
  address: string | undefined,
  flags: TargetFlags,
  saves: boolean,
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
  if (!address.includes(':') && (await saved.has(address))) {
    throw new InvalidInputError(`${address} is the name of a saved target, not an address.`, {
      remedy: `Use --target ${address}.`,
      fields: { usage: true },
    });
  }
  const spec = parseTargetSpec({ address, ...given });
  if (flags.target !== undefined && !saves) {
    throw new InvalidInputError('Both an address and a saved target were given.', {
      remedy: `Leave out one of them: ${address}, or --target ${flags.target}.`,
      fields: { usage: true },
    });
  }
  if (flags.target !== undefined && lacksNameInUrl(spec)) {
    throw new InvalidInputError(`--url: ${spec.url} is the same for all datasets, but ${address} is not.`, {
      remedy: `Write {name} where the address has the name of the dataset, such as ${spec.url}/{name}.`,
      fields: { usage: true },
    });
  }
  return spec;
}

/** Opens a target, which asks its questions in the terminal. */
export function openChosenTarget(
  spec: TargetSpec,
  dataset: string,
  {
    createBucket = false,
    dryRun = false,
  }: { readonly createBucket?: boolean; readonly dryRun?: boolean } = {},
): Promise<PublishTarget> {
  return openTarget({
    spec,
    dataset,
    createBucket,
    dryRun,
    // Scripts can give a password through the environment, where it is in no file and no process argument. They can't
    // give a one-time code, as only a person has it.
    askSecret: async (question, kind, shown) =>
      (kind === 'code' ? undefined : process.env['PRECOMPUTED_STUDIO_SSH_SECRET']) ??
      (await askSecret(question, shown)),
    confirmHost: (host, fingerprint, keyType) =>
      askConsent(`${host} is not in known_hosts. Its ${keyType} key is ${fingerprint}. Trust it this time?`),
  });
}
