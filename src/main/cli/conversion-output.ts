import { rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { isAddress } from '../../shared/api/input-address';
import { TARGET_OPTIONS, type TargetSpec } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import type { RemoteOutput } from '../engine/run/remote-output';
import { appDataFolder } from '../studio/data-folder';

/** Flags for outputs at an object store. */
export interface OutputFlags {
  readonly endpoint?: string;
  readonly pathStyle?: boolean;
  readonly region?: string;
  readonly profile?: string;
  readonly createBucket?: boolean;
  readonly work?: string;
}

const S3_OPTIONS = ['endpoint', 'pathStyle', 'region', 'profile'] as const;
const GROUP = 'Output at s3://:';

/** The place to which a conversion writes. */
export interface ConversionOutput {
  /** A folder on this machine: the dataset's folder, or the one in which the dataset is made. */
  readonly folder: string;
  /**
   * Not connected yet. Call `prepare` once the input and the options are known to be good, as it creates the bucket if
   * that is wished.
   */
  readonly remote?: RemoteOutput;
  /** Where that is, for other processes. */
  readonly spec?: TargetSpec;
  /** Call this when the job has ended. */
  close(): Promise<void>;
}

export function addOutputFlags(command: Command): void {
  for (const name of S3_OPTIONS) {
    const { flag, help } = TARGET_OPTIONS[name];
    command.addOption(new Option(flag, help).helpGroup(GROUP));
  }
  command
    .addOption(new Option('--no-path-style').hideHelp())
    .addOption(new Option('--create-bucket', 'Create the bucket if it does not exist.').helpGroup(GROUP))
    .addOption(
      new Option(
        '--work <folder>',
        "Folder on this machine for the state of the job and files that wait to be sent (default: in the app's data folder).",
      ).helpGroup(GROUP),
    );
}

/** The flags of outputs among all that are given, and the others. */
export function splitOutputFlags<T extends OutputFlags>(
  flags: T,
): { readonly ofOutput: OutputFlags; readonly options: Omit<T, keyof OutputFlags> } {
  const { endpoint, pathStyle, region, profile, createBucket, work, ...options } = flags;
  return { ofOutput: defined({ endpoint, pathStyle, region, profile, createBucket, work }), options };
}

/** What is given of optional fields. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/**
 * Opens the folder or the bucket that an output names.
 * @throws InvalidInputError for an address that can't be written to, and for options that don't apply to the output
 */
export async function openOutput(
  output: string,
  flags: OutputFlags,
  options: { readonly layout?: unknown; readonly dryRun: boolean },
  signal: AbortSignal,
): Promise<ConversionOutput> {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  if (!isAddress(output)) {
    requireNone(given.map(([name]) => name));
    return { folder: output, close: () => Promise.resolve() };
  }
  const { work, createBucket, ...ofTarget } = flags;
  const { outputSpec, remoteOutput, workFolderOf } = await import('../publish/open-remote-output');
  const spec = await outputSpec(output, ofTarget, options.layout);
  const remote = await remoteOutput(
    spec,
    { createBucket: createBucket === true, dryRun: options.dryRun },
    signal,
  );
  const parent = work === undefined ? join(appDataFolder(), 'work') : resolve(work);
  const folder = workFolderOf(remote.place, parent);
  const close = async (): Promise<void> => {
    await remote.close();
    await rmdir(folder).catch(() => undefined);
  };
  return { folder, remote, spec, close };
}

function requireNone(names: readonly string[]): void {
  if (names.length === 0) return;
  const flags = names.map((name) => `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`);
  throw new InvalidInputError(
    `${flags.join(', ')}: only an output at s3:// takes ${names.length === 1 ? 'it' : 'them'}.`,
    {
      remedy: names.length === 1 ? 'Leave it out.' : 'Leave them out.',
      fields: { usage: true, options: names },
    },
  );
}
