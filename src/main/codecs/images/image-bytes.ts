import { InvalidInputError } from '../../../shared/base/errors';

/** The file of an image, open for reading. */
export interface ImageFile {
  /** The name for messages. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Fills `into` with the bytes at `offsetBytes`. @throws InvalidInputError if the file ends before */
  read(offsetBytes: number, into: Uint8Array): Promise<void>;
}

/** The size of a read. Headers are mostly within the first bytes. */
const WINDOW_BYTES = 4096;

/** Reads the bytes of an image's file for the parsers of headers. */
export class ImageBytes {
  private window = Buffer.alloc(0);
  private start = 0;

  constructor(private readonly file: ImageFile) {}

  get name(): string {
    return this.file.name;
  }

  get length(): number {
    return this.file.sizeBytes;
  }

  /** Returns bytes that are valid until the next call. @throws InvalidInputError if the file ends before */
  async at(offset: number, length: number): Promise<Buffer> {
    if (offset + length > this.length) throw cutOff(this.name, this.length, offset + length);
    if (offset < this.start || offset + length > this.start + this.window.length) {
      this.window = Buffer.alloc(Math.min(Math.max(length, WINDOW_BYTES), this.length - offset));
      this.start = offset;
      await this.file.read(offset, this.window);
    }
    return this.window.subarray(offset - this.start, offset - this.start + length);
  }

  /** Returns the last bytes, or the whole of a shorter file. */
  tail(length: number): Promise<Buffer> {
    const count = Math.min(length, this.length);
    return this.at(this.length - count, count);
  }
}

export function cutOff(name: string, sizeBytes: number, neededBytes: number): InvalidInputError {
  return new InvalidInputError(
    `${name}: the file is cut off at byte ${sizeBytes}, before byte ${neededBytes}`,
    {
      remedy: 'Copy it again from its source.',
    },
  );
}

/** The error for impossible content in an image's file. */
export function damagedImage(name: string, what: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${name}: ${what}`, {
    remedy: 'The file is damaged: copy it again from the original.',
    ...(cause === undefined ? {} : { cause }),
  });
}
