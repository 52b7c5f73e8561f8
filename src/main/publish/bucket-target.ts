import type { PublishTarget } from './publish-target';
import type { SetupFailure, SetupItem } from './targets/s3-setup';

/** What a bucket can that a folder can't; see S3Target. To be called after {@link PublishTarget.prepare}. */
export interface BucketTarget extends PublishTarget {
  inspectSetup(): Promise<SetupItem[]>;
  applySetup(items: readonly SetupItem[]): Promise<SetupFailure[]>;
}

export function isBucket(target: PublishTarget): target is BucketTarget {
  return 'inspectSetup' in target && 'applySetup' in target;
}
