import { parseBucketAddress } from '../../shared/api/bucket-address';
import type { BucketAccess } from '../../shared/api/publish-spec';
import { Retrier } from '../base/retrier';
import { bareAddress } from '../base/web-address';
import type { PlaceRef } from './open-place';
import { bucketUrl } from './s3/bucket-url';

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
 * @param access how the bucket is reached; by default, as this machine is set up
 * @throws InvalidInputError if the bucket can't be reached; IoError
 */
export async function bucketPlace(
  address: string,
  { region, profile, ...given }: BucketAccess = {},
): Promise<BucketRef | undefined> {
  const named = parseBucketAddress(address);
  if (named === undefined || named.bucket === '') return undefined;
  const { findBucketRegion, hasCredentials } = await import('./s3/s3-client');
  const endpoint = given.endpoint ?? (await bucketEndpoint(profile));
  const pathStyle = given.pathStyle ?? endpoint !== undefined;
  const found = { ...named, region, endpoint, pathStyle, profile };
  const settings = { ...found, anonymous: !(await hasCredentials(found)) };
  // Requests without credentials name no region, and to look for it needs a right that readers of a public dataset lack.
  if (settings.anonymous && endpoint !== undefined) return { kind: 's3', settings };
  const regionThere = await new Retrier().run(() => findBucketRegion(settings));
  return { kind: 's3', settings: { ...settings, region: regionThere } };
}

/**
 * Returns the address at which viewers read what `s3://BUCKET/PREFIX` names, on a server other than AWS or in a given
 * region. Other addresses are returned as they are.
 */
export async function viewerAddress(address: string, access: BucketAccess): Promise<string> {
  const named = parseBucketAddress(bareAddress(address));
  if (named === undefined) return address;
  const { region, profile } = access;
  const endpoint = access.endpoint ?? (await bucketEndpoint(profile));
  if (endpoint === undefined && region === undefined) return address;
  const pathStyle = access.pathStyle ?? endpoint !== undefined;
  return bucketUrl({ ...named, endpoint, pathStyle, region });
}
