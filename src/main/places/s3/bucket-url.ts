import type { S3Settings } from './s3-client';

/**
 * Returns the web address of a prefix of a bucket, without a slash at its end. It contains the region, because each access
 * would otherwise be redirected first.
 */
export function bucketUrl({
  endpoint,
  pathStyle,
  bucket,
  prefix,
  region,
}: Pick<S3Settings, 'endpoint' | 'pathStyle' | 'bucket' | 'prefix' | 'region'>): string {
  const path = prefix.split('/').map(encodeURIComponent).join('/');
  if (endpoint !== undefined) {
    const server = serverOf(endpoint);
    return pathStyle ? `${server}/${bucket}/${path}` : `${server.replace('://', `://${bucket}.`)}/${path}`;
  }
  const host = `s3.${region ?? 'us-east-1'}.amazonaws.com`;
  // The certificate covers only one level of names below the host.
  return bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`;
}

/** Returns the address of an endpoint without a slash at the end; it may have a path. */
export function serverOf(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
