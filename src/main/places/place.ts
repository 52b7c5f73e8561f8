/** Objects under keys such as `16_16_40/0-64_0-64_0-64`, with `/` on every platform, whose keys must be known. */
export interface ReadablePlace {
  /** The whole object, or undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** `lengthBytes` bytes from `offsetBytes`, fewer at the object's end; undefined where there is no object. */
  getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined>;
}

/** The beginning of an object, and what is known of all of it. */
export interface ObjectHead {
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
  /** 0 where it isn't said. */
  readonly modifiedMs: number;
}

export interface HeadedPlace extends ReadablePlace {
  /** The first `lengthBytes` bytes, by one request; undefined where there is no object. */
  head(key: string, lengthBytes: number): Promise<ObjectHead | undefined>;
}

export interface ListablePlace extends ReadablePlace {
  /** Size in bytes, or undefined where there is no object. */
  size(key: string): Promise<number | undefined>;
  /** Keys that start with `prefix`, in no order. */
  list(prefix: string): AsyncIterable<string>;
}

/** Writes are atomic: a reader sees the old object, the new one, or none, never a part. */
export interface WritablePlace extends ListablePlace {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Removing what isn't there is no error. */
  delete(key: string): Promise<void>;
}

/**
 * Writes one object, synchronously: for workers, which have nothing else to do meanwhile. It is made with the first
 * bytes. Whoever begins one calls `finish` or `abandon`.
 */
export interface ObjectWriter {
  readonly path: string;
  /** Bytes written at the end. */
  readonly lengthBytes: number;
  /** Writes at the end. */
  write(bytes: Uint8Array): void;
  /** Writes over what is there. */
  writeAt(bytes: Uint8Array, offsetBytes: number): void;
  /** The object is there. */
  finish(): void;
  /** Nothing of the object stays, as far as its place lets it go. */
  abandon(): void;
}

/** A place of this machine: each object is a file, by whose path other threads know it. */
export interface FilePlace extends WritablePlace {
  readonly root: string;
  /** The file of an object. @throws InvalidInputError where the key leads out of the place */
  pathOf(key: string): string;
  /** Begins an object that is written bit by bit; it is there when it is finished. */
  begin(key: string): ObjectWriter;
}
