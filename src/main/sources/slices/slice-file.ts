import type { RandomBytes } from '../array/random-bytes';

/** A file that holds slices, open for reading. */
export interface SliceFile extends RandomBytes {
  /** The file's name, also used in messages. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** A place that holds the files of a stack. */
export interface SliceFiles {
  /** Opens the file with this name. @throws InvalidInputError if it doesn't exist; IoError */
  open(name: string): Promise<SliceFile>;
  close(): Promise<void>;
}
