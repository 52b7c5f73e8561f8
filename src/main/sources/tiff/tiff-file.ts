import { GeoTIFF } from 'geotiff';
import { InvalidInputError, isStudioError, toStudioError } from '../../../shared/base/errors';
import type { SliceFile } from '../slices/slice-file';
import { parsePage } from './page-parser';
import type { TiffPage } from './tiff-page';

/** The first bytes usually hold the header and the directories, so they are read at once. */
const HEAD_BYTES = 4096;
/** Files of up to this size are read as a whole if their directories are elsewhere: several small reads take longer. */
const WHOLE_BYTES = 1 << 16;

const TRUNCATED = 'The file is cut off or damaged: copy it again from the original.';

/** An open TIFF file. It gives access to the directories, parsed by geotiff, and to any byte range. */
export class TiffFile {
  private constructor(
    private readonly file: SliceFile,
    private readonly tiff: GeoTIFF,
    private readonly source: HeadedSource,
  ) {}

  /** Reads the head of an open file. @throws InvalidInputError if it isn't a TIFF file; IoError. */
  static async of(file: SliceFile): Promise<TiffFile> {
    if (file.sizeBytes === 0) throw notTiff(file.name, 'is empty');
    const source = await HeadedSource.open(file);
    const tiff = await parsing(
      () => GeoTIFF.fromSource(source),
      () => notTiff(file.name, 'is not a TIFF file'),
    );
    // geotiff's lazy loading reads big-endian arrays as little endian (DeferredArray, 3.0.5).
    tiff.parser.eager = true;
    return new TiffFile(file, tiff, source);
  }

  get name(): string {
    return this.file.name;
  }

  get sizeBytes(): number {
    return this.file.sizeBytes;
  }

  get modifiedMs(): number {
    return this.file.modifiedMs;
  }

  get firstPageOffset(): number {
    return this.tiff.firstIFDOffset;
  }

  get isBigTiff(): boolean {
    return this.tiff.bigTiff;
  }

  get isLittleEndian(): boolean {
    return this.tiff.littleEndian;
  }

  /** Returns the page whose directory is at `offsetBytes`. `where` names the page in messages. */
  async page(offsetBytes: number, where: string): Promise<TiffPage> {
    const directory = await parsing(
      () => this.tiff.parser.parseFileDirectoryAt(offsetBytes),
      (cause) => damagedDirectory(where, cause),
    );
    return parsePage(directory, this.tiff.littleEndian, where);
  }

  /** Reads a range of bytes. `what` names the range in messages. @throws InvalidInputError if the file ends before it. */
  async bytes(offsetBytes: number, lengthBytes: number, what: string): Promise<Uint8Array> {
    const end = offsetBytes + lengthBytes;
    if (end > this.sizeBytes) throw endsEarly(what, this.sizeBytes, end);
    return this.source.part(offsetBytes, lengthBytes);
  }
}

/** Fills `into` with a range of bytes of a file; see {@link TiffFile.bytes}. */
export async function readRange(
  file: SliceFile,
  offsetBytes: number,
  into: Uint8Array,
  what: string,
): Promise<void> {
  const end = offsetBytes + into.length;
  if (end > file.sizeBytes) throw endsEarly(what, file.sizeBytes, end);
  await file.read(offsetBytes, into);
}

/** Gives geotiff access to the bytes of a file. The first bytes are kept in memory. */
class HeadedSource {
  readonly fileSize: number;

  private constructor(
    private readonly file: SliceFile,
    private head: Uint8Array<ArrayBuffer>,
  ) {
    this.fileSize = file.sizeBytes;
  }

  static async open(file: SliceFile): Promise<HeadedSource> {
    return new HeadedSource(file, await readPart(file, 0, Math.min(file.sizeBytes, HEAD_BYTES)));
  }

  fetch(ranges: { offset: number; length: number }[]): Promise<ArrayBufferLike[]> {
    return Promise.all(ranges.map(async (range) => (await this.fetchSlice(range)).data));
  }

  /**
   * Reads a range. geotiff requests up to 4 KiB without knowing the file's size, so such a range is cut at the end of
   * the file. A longer range must be inside the file.
   */
  async fetchSlice(range: { offset: number; length: number }) {
    const { offset, length } = range;
    const { name, sizeBytes } = this.file;
    if (offset >= sizeBytes || (length > HEAD_BYTES && offset + length > sizeBytes)) {
      throw endsEarly(name, sizeBytes, offset + length);
    }
    const end = Math.min(offset + length, sizeBytes);
    if (end > this.head.length && sizeBytes <= WHOLE_BYTES) await this.readRest();
    const bytes = await this.part(offset, end - offset);
    return { offset, length: bytes.length, data: bytes.buffer };
  }

  /** Returns a part of the file in a buffer of its own. */
  part(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const end = offset + length;
    if (end <= this.head.length) return Promise.resolve(this.head.slice(offset, end));
    return readPart(this.file, offset, length);
  }

  /** Reads what the head lacks of a small file. */
  private async readRest(): Promise<void> {
    const { head, file } = this;
    const whole = new Uint8Array(file.sizeBytes);
    whole.set(head);
    await file.read(head.length, whole.subarray(head.length));
    this.head = whole;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Reads a part of a file into a buffer of its own that begins with the part. */
async function readPart(file: SliceFile, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.read(offset, bytes);
  return bytes;
}

function endsEarly(what: string, sizeBytes: number, neededBytes: number): InvalidInputError {
  return new InvalidInputError(`${what}: the file ends at byte ${sizeBytes}, before byte ${neededBytes}`, {
    remedy: TRUNCATED,
  });
}

function notTiff(name: string, complaint: string): InvalidInputError {
  return new InvalidInputError(`${name} ${complaint}`, {
    remedy: 'Remove it from the folder, or replace it with the real slice.',
  });
}

function damagedDirectory(where: string, cause: unknown): InvalidInputError {
  const reason = toStudioError(cause).message.replace(/\.$/, '');
  return new InvalidInputError(`${where}: its directory is damaged (${reason})`, {
    remedy: TRUNCATED,
    cause,
  });
}

/** Translates errors of geotiff's parser. Errors of the file system and our own errors pass unchanged. */
async function parsing<T>(
  parse: () => Promise<T>,
  translate: (error: unknown) => InvalidInputError,
): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    if (isStudioError(error) || (error instanceof Error && 'syscall' in error)) throw error;
    throw translate(error);
  }
}
