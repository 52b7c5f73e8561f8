import type { RandomBytes } from '../array/random-bytes';

/** A file that holds slices, open for reading. */
export interface SliceFile extends RandomBytes {
  /** For messages. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Where the files of a stack are, by name. */
export interface SliceFiles {
  /** @throws InvalidInputError where there is none of the name; IoError */
  open(name: string): Promise<SliceFile>;
  close(): Promise<void>;
}
