import type { RemoteObject, RemotePlace, RunWithRetries, SentObject } from '../places/remote-place';
import type { TargetNaming } from './target-naming';
import type { DatasetFile } from './dataset-files';
import type { RunScript } from '../base/run-script';

/** A file that is to be sent, and what stands in its place now. */
export interface OutgoingFile {
  readonly file: DatasetFile;
  readonly before?: RemoteObject;
}

/** Files of a dataset to be sent together. */
export interface ManyFiles {
  readonly root: string;
  readonly files: readonly OutgoingFile[];
  readonly retry: RunWithRetries;
  readonly signal: AbortSignal;
  /** To be called once for each file that was sent. */
  readonly onSent: (file: DatasetFile, object: SentObject) => void;
  readonly log: (message: string) => void;
}

/** A place that datasets are published to: what an upload needs of it beyond what every place has. */
export interface PublishTarget extends RemotePlace {
  readonly naming: TargetNaming;
  /** Where viewers find the dataset, if that is known. */
  readonly publicUrl: string | undefined;
  /** Where to tell what a target does otherwise than usual; before {@link RemotePlace.prepare}. */
  tellBy?(log: (message: string) => void): void;
  /**
   * A faster way for many files, of targets that have one; returns those that are still to be put one by one.
   * @throws CancelledError
   */
  sendMany?(request: ManyFiles): Promise<readonly OutgoingFile[]>;
}

/** A target on a machine that runs commands for us. */
export interface HostTarget extends PublishTarget {
  readonly runScript: RunScript;
}

export function isHost(target: PublishTarget): target is HostTarget {
  return 'runScript' in target;
}
