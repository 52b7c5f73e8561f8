import { parseBucketAddress } from '../../shared/api/bucket-address';
import { Retrier } from '../base/retrier';
import type { PlaceRef } from './open-place';

/** A place in a bucket. */
export type BucketRef = PlaceRef & { readonly kind: 's3' };

/** Returns the server that is set up on this machine for addresses of buckets; undefined for AWS. */
export async function bucketEndpoint(profile?: string): Promise<string | undefined> {
  const { configuredEndpoint } = await import('./s3/s3-endpoint');
  return configuredEndpoint(profile);
}

/**
 * Returns the place that `s3://BUCKET/PREFIX` names, with the credentials of this machine, or without where there are
 * none. Returns undefined for other addresses.
 * @throws InvalidInputError if the bucket can't be reached; IoError
 */
export async function bucketPlace(address: string): Promise<BucketRef | undefined> {
  const named = parseBucketAddress(address);
  if (named === undefined || named.bucket === '') return undefined;
  const { findBucketRegion, hasCredentials } = await import('./s3/s3-client');
  const endpoint = await bucketEndpoint();
  const found = {
    ...named,
    region: undefined,
    endpoint,
    pathStyle: endpoint !== undefined,
    profile: undefined,
  };
  const settings = { ...found, anonymous: !(await hasCredentials(found)) };
  const region = await new Retrier().run(() => findBucketRegion(settings));
  return { kind: 's3', settings: { ...settings, region } };
}
