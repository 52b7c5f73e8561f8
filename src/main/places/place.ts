/** Reads objects by keys such as `16_16_40/0-64_0-64_0-64`, with `/` on every platform. It can't list the keys. */
export interface ReadablePlace {
  /** Reads the whole object; undefined if there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Reads `lengthBytes` bytes from `offsetBytes`, fewer at the object's end; undefined if there is no object. */
  getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined>;
}

/** The beginning of an object, with the size and time of the whole object. */
export interface ObjectHead {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  /** 0 if it is unknown. */
  readonly modifiedMs: number;
}

export interface HeadedPlace extends ReadablePlace {
  /** Reads the first `lengthBytes` bytes with one request; undefined if there is no object. */
  head(key: string, lengthBytes: number): Promise<ObjectHead | undefined>;
}

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
