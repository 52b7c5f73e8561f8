import { bucketUrl } from '../../places/s3/bucket-url';
import { S3Place, type S3PlaceOptions } from '../../places/s3/s3-place';
import type { BucketTarget } from '../publish-target';
import { applySetup, inspectSetup, type SetupFailure, type SetupItem } from './s3-setup';

export interface S3TargetOptions extends S3PlaceOptions {
  /** The dataset's web address, if it isn't the bucket's own. */
  readonly publicUrl: string | undefined;
  /** The id under which earlier versions recorded uploads, if it was another one. */
  readonly earlierId?: string | undefined;
}

/** A prefix of a bucket that viewers read. */
export class S3Target extends S3Place implements BucketTarget {
  readonly naming = 'headers';
  readonly earlierId: string | undefined;
  private readonly givenUrl: string | undefined;

  constructor({ publicUrl, earlierId, ...options }: S3TargetOptions) {
    super(options);
    this.givenUrl = publicUrl;
    this.earlierId = earlierId;
  }

  /** The dataset's web address. */
  get publicUrl(): string {
    return this.givenUrl ?? bucketUrl({ ...this.options, region: this.region });
  }

  /** Inspects the bucket's settings that decide whether viewers can read it. Must be called after {@link prepare}. */
  async inspectSetup(): Promise<SetupItem[]> {
    if (this.isAbsent) return [];
    return inspectSetup(this.setup);
  }

  /** Changes these settings. Must be called only with the user's consent. */
  applySetup(items: readonly SetupItem[]): Promise<SetupFailure[]> {
    return applySetup(this.setup, items);
  }

  private get setup() {
    const { bucket, prefix, endpoint } = this.options;
    return { client: this.client, bucket, prefix, endpoint };
  }
}
