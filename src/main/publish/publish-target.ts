import type { RemoteObject, RemotePlace, RunWithRetries, SentObject } from '../places/remote-place';
import type { TargetNaming } from './target-naming';
import type { DatasetFile } from './dataset-files';
import type { RunScript } from '../base/run-script';

/** A file to be sent, with the object at the target that it replaces. */
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
  /** Must be called once for each file that was sent. */
  readonly onSent: (file: DatasetFile, object: SentObject) => void;
  readonly log: (message: string) => void;
}

/** A place that datasets are published to. It extends a remote place with what an upload needs. */
export interface PublishTarget extends RemotePlace {
  readonly naming: TargetNaming;
  /** Where viewers find the dataset, if that is known. */
  readonly publicUrl: string | undefined;
  /** Sets the log for unusual behaviour of the target. Must be called before {@link RemotePlace.prepare}. */
  reportTo?(log: (message: string) => void): void;
  /**
   * Sends many files in a faster way, if the target has one. Returns the files that must still be put one by one.
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
