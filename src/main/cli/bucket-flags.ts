import { Option, type Command } from 'commander';
import { isBucketAddress } from '../../shared/api/bucket-address';
import { BUCKET_OPTIONS, bucketAccessSchema, type BucketAccess } from '../../shared/api/publish-spec';
import { InvalidInputError } from '../../shared/base/errors';
import { bareAddress } from '../base/web-address';
import { parseFlags } from './parse-flags';

/** The heading of the flags for buckets in the help. */
export const BUCKET_GROUP = 'Bucket:';

/** Adds the flags that say how buckets are reached, for a command that reads or writes at `s3://`. */
export function addBucketFlags(command: Command): Command {
  for (const { flag, help } of Object.values(BUCKET_OPTIONS))
    command.addOption(new Option(flag, help).helpGroup(BUCKET_GROUP));
  return command.addOption(new Option('--no-path-style').hideHelp());
}

/**
 * Returns how the buckets are reached that a command was given.
 * @param flags all flags of the command
 * @param places the paths and addresses that it was given
 * @throws InvalidInputError, a usage error, for wrong values, and if none of the places is a bucket
 */
export function bucketAccess(flags: unknown, places: readonly (string | undefined)[]): BucketAccess {
  const access = parseFlags(bucketAccessSchema, flags);
  if (places.some((place) => place !== undefined && isBucketAddress(bareAddress(place)))) return access;
  const given = Object.entries(access).filter(([, value]) => value !== undefined);
  refuseFlags(
    given.map(([name]) => name),
    'addresses at s3:// take',
  );
  return {};
}

/**
 * Refuses flags that have no meaning.
 * @param names of the flags, in camel case; if there are none, nothing is refused
 * @param takers the part of the sentence between "only" and "it"
 * @throws InvalidInputError, a usage error
 */
export function refuseFlags(names: readonly string[], takers: string): void {
  if (names.length === 0) return;
  const flags = names.map((name) => `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`);
  const [them, out] = names.length === 1 ? ['it', 'Leave it out.'] : ['them', 'Leave them out.'];
  throw new InvalidInputError(`${flags.join(', ')}: only ${takers} ${them}.`, {
    remedy: out,
    fields: { usage: true, options: names },
  });
}
