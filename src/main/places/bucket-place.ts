import { parseBucketAddress } from '../../shared/api/bucket-address';
import { Retrier } from '../base/retrier';
import type { PlaceRef } from './open-place';

/** A place in a bucket. */
export type BucketRef = PlaceRef & { readonly kind: 's3' };

/** The server that the environment names for addresses of buckets, as the command line of AWS takes it. */
export function bucketEndpoint(): string | undefined {
  return process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
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
  const endpoint = bucketEndpoint();
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
