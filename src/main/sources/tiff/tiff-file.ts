import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { GeoTIFF } from 'geotiff';
import { InvalidInputError, isStudioError, toStudioError } from '../../../shared/base/errors';
import { fileError } from '../../base/file-error';
import { parsePage } from './page-parser';
import type { TiffPage } from './tiff-page';

/** Headers and directories mostly stand in the first bytes, so these are read in one go. */
const HEAD_BYTES = 4096;

const TRUNCATED = 'The file is cut off or damaged: copy it again from where it came.';

/** A TIFF file that is open for reading: its directories, parsed by geotiff, and any range of its bytes. */
export class TiffFile {
  private constructor(
    readonly name: string,
    readonly sizeBytes: number,
    readonly modifiedMs: number,
    private readonly handle: FileHandle,
    private readonly tiff: GeoTIFF,
  ) {}

  /** @throws InvalidInputError where it is no TIFF; IoError. */
  static async open(path: string): Promise<TiffFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path);
      const { size, mtimeMs } = await handle.stat();
      const name = basename(path);
      const source = await HeadedSource.open(handle, size, name);
      if (size === 0) throw notTiff(name, 'is empty');
      const tiff = await parsing(
        () => GeoTIFF.fromSource(source),
        () => notTiff(name, 'is not a TIFF file'),
      );
      // geotiff's lazy loading reads big-endian arrays as little endian (DeferredArray, 3.0.5).
      tiff.parser.eager = true;
      return new TiffFile(name, size, mtimeMs, handle, tiff);
    } catch (error) {
      await handle?.close();
      throw fileError('read', path, error);
    }
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
    return readFully(this.handle, offsetBytes, lengthBytes, what);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** A source of bytes as geotiff wants it. */
class HeadedSource {
  readonly fileSize: number;

  private constructor(
    private readonly handle: FileHandle,
    private readonly sizeBytes: number,
    private readonly name: string,
    private readonly head: Uint8Array,
  ) {
    this.fileSize = sizeBytes;
  }

  static async open(handle: FileHandle, sizeBytes: number, name: string): Promise<HeadedSource> {
    const head = await readFully(handle, 0, Math.min(HEAD_BYTES, sizeBytes), name);
    return new HeadedSource(handle, sizeBytes, name, head);
  }

  fetch(ranges: { offset: number; length: number }[]): Promise<ArrayBufferLike[]> {
    return Promise.all(ranges.map(async (range) => (await this.fetchSlice(range)).data));
  }

  /** geotiff asks for 1 to 4 KiB beforehand, whatever the file's size; more than that must be there. */
  async fetchSlice(range: { offset: number; length: number }) {
    const { offset, length } = range;
    if (offset >= this.sizeBytes || (length > HEAD_BYTES && offset + length > this.sizeBytes)) {
      throw endsEarly(this.name, this.sizeBytes, offset + length);
    }
    const end = Math.min(offset + length, this.sizeBytes);
    const bytes =
      end <= this.head.length
        ? this.head.slice(offset, end)
        : await readFully(this.handle, offset, end - offset, this.name);
    return { offset, length: bytes.length, data: bytes.buffer };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Reads into memory of its own, from its start. */
async function readFully(
  handle: FileHandle,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw endsEarly(what, offset + done, offset + length);
    done += bytesRead;
  }
  return bytes;
}

function endsEarly(what: string, sizeBytes: number, neededBytes: number): InvalidInputError {
  return new InvalidInputError(`${what}: the file ends at byte ${sizeBytes}, before byte ${neededBytes}`, {
    remedy: TRUNCATED,
  });
}

function notTiff(name: string, complaint: string): InvalidInputError {
  return new InvalidInputError(`${name}: ${complaint}`, {
    remedy: 'Take it out of the folder, or replace it by the real slice.',
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
