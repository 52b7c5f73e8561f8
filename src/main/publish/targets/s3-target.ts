import { S3Place, serverOf, type S3PlaceOptions } from '../../places/s3/s3-place';
import type { BucketTarget } from '../bucket-target';
import { applySetup, inspectSetup, type SetupFailure, type SetupItem } from './s3-setup';

export interface S3TargetOptions extends S3PlaceOptions {
  /** Where viewers find the dataset, if not at the bucket's own address. */
  readonly publicUrl: string | undefined;
}

/** A prefix of a bucket that viewers read. */
export class S3Target extends S3Place implements BucketTarget {
  readonly naming = 'headers';
  private readonly givenUrl: string | undefined;

  constructor({ publicUrl, ...options }: S3TargetOptions) {
    super(options);
    this.givenUrl = publicUrl;
  }

  /** The address with the region: without it, each access is redirected first. */
  get publicUrl(): string | undefined {
    if (this.givenUrl !== undefined) return this.givenUrl;
    const { endpoint, pathStyle, bucket, prefix } = this.options;
    const path = prefix.split('/').map(encodeURIComponent).join('/');
    if (endpoint !== undefined) {
      const server = serverOf(endpoint);
      return pathStyle ? `${server}/${bucket}/${path}` : `${server.replace('://', `://${bucket}.`)}/${path}`;
    }
    const host = `s3.${this.region ?? 'us-east-1'}.amazonaws.com`;
    // The certificate is for names of one level below.
    return bucket.includes('.') ? `https://${host}/${bucket}/${path}` : `https://${bucket}.${host}/${path}`;
  }

  /** The bucket's settings that decide whether viewers can read it; to be called after {@link prepare}. */
  inspectSetup(): Promise<SetupItem[]> {
    const { bucket, prefix } = this.options;
    return inspectSetup({ client: this.client, bucket, prefix });
  }

  /** Changes them. To be called with the consent of the user only. */
  applySetup(items: readonly SetupItem[]): Promise<SetupFailure[]> {
    const { bucket, prefix } = this.options;
    return applySetup({ client: this.client, bucket, prefix }, items);
  }
}
