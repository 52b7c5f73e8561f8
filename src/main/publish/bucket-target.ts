import type { PublishTarget } from './publish-target';
import type { SetupFailure, SetupItem } from './targets/s3-setup';

/** A target in a bucket, whose settings can be read and changed after {@link PublishTarget.prepare}; see S3Target. */
export interface BucketTarget extends PublishTarget {
  inspectSetup(): Promise<SetupItem[]>;
  applySetup(items: readonly SetupItem[]): Promise<SetupFailure[]>;
}

export function isBucket(target: PublishTarget): target is BucketTarget {
  return 'inspectSetup' in target && 'applySetup' in target;
}
