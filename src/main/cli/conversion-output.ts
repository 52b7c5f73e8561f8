import { rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { isAddress } from '../../shared/api/input-address';
import type { BucketAccess } from '../../shared/api/publish-spec';
import type { RemoteOutput } from '../engine/run/remote-output';
import type { S3Target } from '../publish/targets/s3-target';
import { appDataFolder } from '../studio/data-folder';
import { addBucketFlags, BUCKET_GROUP, bucketAccess, refuseFlags } from './bucket-flags';

/** Flags for outputs at an object store, besides those that say how it is reached. */
interface OwnFlags {
  readonly createBucket?: boolean;
  readonly work?: string;
}

/** Flags for outputs, and for inputs at an object store. */
export type OutputFlags = OwnFlags & BucketAccess;

/** How the output is made, and how buckets are reached, the input's too. */
interface OutputSettings extends OwnFlags {
  readonly access: BucketAccess;
}

/** The place to which a conversion writes. */
export interface ConversionOutput {
  /** A folder on this machine: the dataset's folder, or the one in which the dataset is made. */
  readonly folder: string;
  /**
   * Not connected yet. Call `prepare` once the input and the options are known to be good, as it creates the bucket if
   * that is wished.
   */
  readonly remote?: RemoteOutput<S3Target>;
  /** Call this when the job has ended. */
  close(): Promise<void>;
}

/** Adds the flags of jobs that send a dataset to a bucket while they make it. */
export function addRemoteFlags(command: Command): Command {
  const work = new Option(
    '--work <folder>',
    "Folder on this machine for the state of the job and files that wait to be sent (default: in the app's data folder).",
  );
  return addBucketFlags(command).addOption(work.helpGroup(BUCKET_GROUP));
}

/** Adds the flags of jobs that may also make the bucket. */
export function addOutputFlags(command: Command): void {
  const create = new Option('--create-bucket', 'Create the bucket of the output if it does not exist.');
  addRemoteFlags(command).addOption(create.helpGroup(BUCKET_GROUP));
}

/**
 * Splits the flags of a command in those of buckets and the others.
 * @param places the input and the output
 * @throws InvalidInputError for flags that don't apply to either
 */
export function splitOutputFlags<T extends OutputFlags>(
  flags: T,
  places: readonly string[],
): { readonly ofOutput: OutputSettings; readonly options: Omit<T, keyof OutputFlags> } {
  const { endpoint, pathStyle, region, profile, createBucket, work, ...options } = flags;
  const access = bucketAccess({ endpoint, pathStyle, region, profile }, places);
  const own = {
    ...(createBucket === undefined ? {} : { createBucket }),
    ...(work === undefined ? {} : { work }),
  };
  return { ofOutput: { access, ...own }, options };
}

/**
 * Opens the folder or the bucket that a job writes to.
 * @param options `isInput`: the job reads the dataset there, so the bucket must exist
 * @throws InvalidInputError for an address that can't be written to, and for options that don't apply to the output
 */
export async function openOutput(
  output: string,
  { access, ...own }: OutputSettings,
  options: { readonly layout?: unknown; readonly dryRun: boolean; readonly isInput?: boolean },
  signal: AbortSignal,
): Promise<ConversionOutput> {
  if (!isAddress(output)) {
    refuseFlags(Object.keys(own), 'an output at s3:// takes');
    return { folder: output, close: () => Promise.resolve() };
  }
  const { work, createBucket } = own;
  const { outputSpec, remoteOutput, workFolderOf } = await import('../publish/open-remote-output');
  const spec = await outputSpec(output, access, options.layout);
  const remote = await remoteOutput(
    spec,
    { createBucket: options.isInput ? undefined : createBucket === true, dryRun: options.dryRun },
    signal,
  );
  const parent = work === undefined ? join(appDataFolder(), 'work') : resolve(work);
  const folder = workFolderOf(remote.place, parent);
  const close = async (): Promise<void> => {
    await remote.close();
    await rmdir(folder).catch(() => undefined);
  };
  return { folder, remote, close };
}
