import { once } from 'node:events';
import { lstat, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createGzip, type Gzip } from 'node:zlib';
import { InvalidInputError } from '../../../shared/base/errors';
import { errorCode, fileError, isMissing } from '../../base/file-error';

/** The suffix of a file until it is complete. */
export const PART = '.part';

/** @throws InvalidInputError if the path exists already, or its folder doesn't exist */
export async function requireFree(path: string): Promise<void> {
  await stat(dirname(path)).catch((error: unknown) => {
    throw fileError('write to', dirname(path), error);
  });
  try {
    await lstat(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw fileError('look at', path, error);
  }
  throw new InvalidInputError(`${path} already exists.`, {
    remedy: 'Choose another name, or move it away.',
    fields: { path },
  });
}

/**
 * Returns the error for an existing unfinished file. An earlier export was killed, or it may belong to someone else.
 */
export function partThere(path: string): InvalidInputError {
  return new InvalidInputError(`${path} already exists: it was left by an export that was killed.`, {
    remedy: 'Delete it, if no other export is writing it, and start again.',
    fields: { path },
  });
}

/** A file that gets its name once it is complete. */
export class PartFile {
  private end = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  static async create(path: string): Promise<PartFile> {
    await requireFree(path);
    try {
      return new PartFile(path, await open(`${path}${PART}`, 'wx'));
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw partThere(`${path}${PART}`);
      throw fileError('write', `${path}${PART}`, error);
    }
  }

  get length(): number {
    return this.end;
  }

  /**
   * Appends bytes to the file.
   * @returns the offset of the bytes
   */
  async append(bytes: Uint8Array): Promise<number> {
    const at = this.end;
    await this.writeAt(at, bytes);
    this.end += bytes.length;
    return at;
  }

  async writeAt(position: number, bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  async finish(): Promise<void> {
    try {
      await this.handle.sync();
      await this.handle.close();
      await requireFree(this.path);
      await rename(`${this.path}${PART}`, this.path);
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  async abandon(): Promise<void> {
    await this.handle.close();
    await rm(`${this.path}${PART}`, { force: true });
  }
}

/** The gzip level. Labels have long runs, which compress well at any level. */
const LEVEL = 6;

/** Compresses data with gzip and appends it to a file. */
export class GzippedPart {
  private readonly gzip: Gzip = createGzip({ level: LEVEL });
  private readonly pump: Promise<void>;

  constructor(file: PartFile) {
    this.pump = (async () => {
      for await (const bytes of this.gzip) await file.append(bytes as Uint8Array);
    })();
    // The next write reports the error.
    this.pump.catch(() => undefined);
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (!this.gzip.write(bytes)) await Promise.race([once(this.gzip, 'drain'), this.pump]);
  }

  async end(): Promise<void> {
    this.gzip.end();
    await this.pump;
  }

  async abandon(): Promise<void> {
    this.gzip.destroy();
    await this.pump.catch(() => undefined);
  }
}
