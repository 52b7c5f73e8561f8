import type { Place } from '../places/place';
import type { SetupFailure, SetupItem } from './targets/s3-setup';
import type { TargetSpec } from '../../shared/api/publish-spec';
import type { RunScript } from '../base/run-script';

/**
 * How gzipped objects are stored at a target:
 * - headers: named without `.gz`, each with its own Content-Encoding (object stores);
 * - gz-suffix: named with `.gz`, for web servers that serve `x` from `x.gz`;
 * - unzipped: without compression, for any web server.
 */
export type TargetNaming = 'headers' | 'gz-suffix' | 'unzipped';

/** Returns how gzipped objects are stored in a folder that a web server shows. */
export function namingOnWebServer({ compression }: Pick<TargetSpec, 'compression'>): TargetNaming {
  return compression === 'none' ? 'unzipped' : 'gz-suffix';
}

/** A place that datasets are published to. It extends a place with what an upload needs. */
export interface PublishTarget extends Place {
  readonly naming: TargetNaming;
  /** Where viewers find the dataset, if that is known. */
  readonly publicUrl: string | undefined;
  /** The id under which earlier versions recorded uploads, if it was another one. */
  readonly earlierId?: string | undefined;
  /** Sets the log for unusual behaviour of the target. Must be called before {@link Place.prepare}. */
  reportTo?(log: (message: string) => void): void;
}

/** A target on a machine that runs commands for us. */
export interface HostTarget extends PublishTarget {
  readonly runScript: RunScript;
}

export function isHost(target: PublishTarget): target is HostTarget {
  return 'runScript' in target;
}

/** A target in a bucket, whose settings can be read and changed after {@link PublishTarget.prepare}; see S3Target. */
export interface BucketTarget extends PublishTarget {
  inspectSetup(): Promise<SetupItem[]>;
  applySetup(items: readonly SetupItem[]): Promise<SetupFailure[]>;
}

export function isBucket(target: PublishTarget): target is BucketTarget {
  return 'inspectSetup' in target && 'applySetup' in target;
}
