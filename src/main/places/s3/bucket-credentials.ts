import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { z } from 'zod';

/** A bucket, and the server that it is on; AWS if there is none. */
export interface BucketOnServer {
  readonly bucket: string;
  readonly endpoint: string | undefined;
}

const credentialsSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string().exactOptional(),
});
export type S3Credentials = Readonly<z.output<typeof credentialsSchema>>;

/**
 * Sets the credentials for a bucket that the user has typed in, in this thread and in workers that are started later. They
 * are kept only in memory.
 */
export function useBucketCredentials(bucket: BucketOnServer, credentials: S3Credentials): void {
  setEnvironmentData(keyOf(bucket), JSON.stringify(credentials));
}

/** Returns the credentials that {@link useBucketCredentials} was given for a bucket. */
export function bucketCredentials(bucket: BucketOnServer): S3Credentials | undefined {
  const given = getEnvironmentData(keyOf(bucket));
  return typeof given === 'string' ? credentialsSchema.parse(JSON.parse(given)) : undefined;
}

function keyOf({ bucket, endpoint = '' }: BucketOnServer): string {
  return `bucket-credentials ${endpoint} ${bucket}`;
}
