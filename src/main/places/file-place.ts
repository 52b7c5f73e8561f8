import type { ReadablePlace } from './place';

export interface ListablePlace extends ReadablePlace {
  /** Returns the size in bytes, or undefined if there is no object. */
  size(key: string): Promise<number | undefined>;
  /** Lists the keys that start with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<string>;
}

/** Writes objects atomically: a reader sees the old object, the new one, or none, but never a part. */
export interface WritablePlace extends ListablePlace {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Removes an object; does nothing if there is none. */
  delete(key: string): Promise<void>;
}

/**
 * Writes one object synchronously, because workers have nothing else to do meanwhile. The file is created with the
 * first bytes. The caller must call `finish` or `abandon`.
 */
export interface ObjectWriter {
  readonly path: string;
  /** Number of bytes that `write` has appended. */
  readonly lengthBytes: number;
  /** Appends bytes. */
  write(bytes: Uint8Array): void;
  /** Overwrites bytes from an offset. */
  writeAt(bytes: Uint8Array, offsetBytes: number): void;
  /** Completes the object and makes it visible. */
  finish(): void;
  /** Discards the object. A file that can't be deleted stays. */
  abandon(): void;
}

/** A local place: each object is a file, which other threads find by its path. */
export interface FilePlace extends WritablePlace {
  readonly root: string;
  /** Returns the path of an object's file. @throws InvalidInputError if the key leads out of the place */
  pathOf(key: string): string;
  /** Begins an object that is written in steps. It becomes visible when it is finished. */
  begin(key: string): ObjectWriter;
}
