/** Addresses of object stores, `s3://BUCKET/PREFIX`, and the names that buckets have. */

export interface BucketAddress {
  /** As it was given; see {@link isBucketName}. */
  readonly bucket: string;
  /** Without slashes around it; '' is the whole bucket. */
  readonly prefix: string;
}

/** Reports whether it is an address of an object store that the program writes to: `s3://…` or `gs://…`. */
export function isBucketAddress(address: string): boolean {
  return /^(s3|gs):\/\//i.test(address);
}

/** The parts of an address; undefined for one of another kind. */
export function parseBucketAddress(address: string): BucketAddress | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]*)([^]*)$/i.exec(address) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix: prefix.replace(/^\/+|\/+$/g, '') };
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** What names of buckets are made of, in words. */
export const BUCKET_NAMES = '3 to 63 lower-case letters, digits, hyphens and dots';

/** Names on other servers: old names may have capitals, and Ceph puts the tenant first (`TENANT:BUCKET`). */
const BUCKET_ELSEWHERE = /^[A-Za-z0-9][\w.:-]{1,254}$/;

/** @param elsewhere at a server that is not of AWS */
export function isBucketName(text: string, elsewhere = false): boolean {
  return (elsewhere ? BUCKET_ELSEWHERE : BUCKET).test(text);
}
