import { GeoTIFF } from 'geotiff';
import { InvalidInputError, isStudioError, toStudioError } from '../../../shared/base/errors';
import type { SliceFile, SliceFiles } from '../slices/slice-file';
import { parsePage } from './page-parser';
import type { TiffPage } from './tiff-page';

/** Headers and directories mostly stand in the first bytes, so these are read in one go. */
const HEAD_BYTES = 4096;
/** Files of up to this size are read as a whole: to read such a one bit by bit takes longer. */
const WHOLE_BYTES = 1 << 16;

const TRUNCATED = 'The file is cut off or damaged: copy it again from the original.';

/** A TIFF file that is open for reading: its directories, parsed by geotiff, and any range of its bytes. */
export class TiffFile {
  private constructor(
    private readonly file: SliceFile,
    private readonly tiff: GeoTIFF,
    /** The first bytes of the file. */
    private readonly head: Uint8Array,
  ) {}

  /** @throws InvalidInputError where it is no TIFF; IoError. */
  static async open(files: SliceFiles, name: string): Promise<TiffFile> {
    const file = await files.open(name);
    try {
      if (file.sizeBytes === 0) throw notTiff(name, 'is empty');
      const source = await HeadedSource.open(file);
      const tiff = await parsing(
        () => GeoTIFF.fromSource(source),
        () => notTiff(name, 'is not a TIFF file'),
      );
      // geotiff's lazy loading reads big-endian arrays as little endian (DeferredArray, 3.0.5).
      tiff.parser.eager = true;
      return new TiffFile(file, tiff, source.head);
    } catch (error) {
      await file.close();
      throw error;
    }
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

  /** The image whose directory is at `offsetBytes`; `where` names it in messages. */
  async page(offsetBytes: number, where: string): Promise<TiffPage> {
    const directory = await parsing(
      () => this.tiff.parser.parseFileDirectoryAt(offsetBytes),
      (cause) => damagedDirectory(where, cause),
    );
    return parsePage(directory, this.tiff.littleEndian, where);
  }

  /** @throws InvalidInputError where the file ends before; `what` names the range in messages. */
  async bytes(offsetBytes: number, lengthBytes: number, what: string): Promise<Uint8Array> {
    if (offsetBytes + lengthBytes > this.sizeBytes)
      throw endsEarly(what, this.sizeBytes, offsetBytes + lengthBytes);
    const end = offsetBytes + lengthBytes;
    return end <= this.head.length
      ? this.head.slice(offsetBytes, end)
      : readPart(this.file, offsetBytes, lengthBytes);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** A source of bytes as geotiff wants it. */
class HeadedSource {
  readonly fileSize: number;

  private constructor(
    private readonly file: SliceFile,
    readonly head: Uint8Array<ArrayBuffer>,
  ) {
    this.fileSize = file.sizeBytes;
  }

  static async open(file: SliceFile): Promise<HeadedSource> {
    const headBytes = file.sizeBytes <= WHOLE_BYTES ? file.sizeBytes : HEAD_BYTES;
    return new HeadedSource(file, await readPart(file, 0, headBytes));
  }

  fetch(ranges: { offset: number; length: number }[]): Promise<ArrayBufferLike[]> {
    return Promise.all(ranges.map(async (range) => (await this.fetchSlice(range)).data));
  }

  /** geotiff asks for 1 to 4 KiB beforehand, whatever the file's size; more than that must be there. */
  async fetchSlice(range: { offset: number; length: number }) {
    const { offset, length } = range;
    const { name, sizeBytes } = this.file;
    if (offset >= sizeBytes || (length > HEAD_BYTES && offset + length > sizeBytes)) {
      throw endsEarly(name, sizeBytes, offset + length);
    }
    const end = Math.min(offset + length, sizeBytes);
    const bytes =
      end <= this.head.length
        ? this.head.slice(offset, end)
        : await readPart(this.file, offset, end - offset);
    return { offset, length: bytes.length, data: bytes.buffer };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A part of a file in memory of its own, from its start. */
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
  return new InvalidInputError(`${name}: ${complaint}`, {
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

/** Errors of geotiff's parser become ours; what the system said stays. */
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
