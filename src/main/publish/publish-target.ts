import type { TargetNaming } from './target-naming';
import type { DatasetFile } from './dataset-files';

/** An object that is at a target. */
export interface RemoteObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Changes when the object does: an ETag, or a time of change. */
  readonly tag: string;
}

/** An object on its way to a target. */
export interface OutgoingObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly contentType: string;
  readonly contentEncoding: 'gzip' | undefined;
  /** Of its bytes, hexadecimal. */
  readonly md5: string;
  /** Bytes of the object; fewer at its end. May be called again. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

/** Tries a part of a transfer again where that may help; see {@link Retrier}. */
export type RunWithRetries = <T>(action: () => Promise<T>) => Promise<T>;

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

export interface SentObject {
  readonly key: string;
  /** Of the bytes that were sent, hexadecimal. */
  readonly md5: string;
  readonly remoteBytes: number;
  readonly tag: string;
}

/** What an upload needs of the place that it goes to. Errors are of our family; IoErrors say whether to retry. */
export interface PublishTarget {
  /** The place as an address, without secrets: the same text for the same place. */
  readonly id: string;
  readonly naming: TargetNaming;
  /** Where viewers find the dataset, if that is known. */
  readonly publicUrl: string | undefined;
  /** Transfers at once: at first, and at most. */
  readonly parallel: { readonly start: number; readonly most: number };
  /** Objects up to this size are sent in one piece; of larger ones at most this much times four is in memory. */
  readonly partBytes: number;
  /** Where to tell what a target does otherwise than usual; before {@link prepare}. */
  tellBy?(log: (message: string) => void): void;
  /** Connects, and makes sure as far as possible that the upload can succeed. */
  prepare(retry: RunWithRetries): Promise<void>;
  list(retry: RunWithRetries): AsyncIterable<RemoteObject>;
  /** Sends an object, which appears whole or not at all; returns its tag. */
  put(object: OutgoingObject, retry: RunWithRetries, signal: AbortSignal): Promise<string>;
  /**
   * A faster way for many files, of targets that have one; returns those that are still to be {@link put}.
   * @throws CancelledError
   */
  sendMany?(request: ManyFiles): Promise<readonly OutgoingFile[]>;
  remove(keys: readonly string[], retry: RunWithRetries): Promise<void>;
  /** Whether what is there has these bytes and headers. */
  holds(remote: RemoteObject, object: OutgoingObject, retry: RunWithRetries): Promise<boolean>;
  close(): Promise<void>;
}
