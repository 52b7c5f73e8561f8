import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from '../../base/file-error';

/** The file in which a job keeps unpacked bytes, and its largest size. */
export interface KeptFile {
  readonly path: string;
  readonly mostBytes: number;
  /** Two doubles that the threads of the job share: the ends of the range of unpacked bytes that the file holds. */
  readonly range: SharedArrayBuffer;
}

/** Describes a file for unpacked bytes, which holds none yet. */
export function beginKept(path: string, mostBytes: number): KeptFile {
  return { path, mostBytes, range: new SharedArrayBuffer(16) };
}

/**
 * The last unpacked bytes of a stream, in a file that is written round and round. Blocks that don't fill whole slices
 * need bytes that were passed over for the block before them: to read these again takes a tenth of the time of
 * unpacking them again.
 */
export class KeptBytes {
  private handle: Promise<FileHandle> | undefined;
  private readonly range: Float64Array;

  constructor(private readonly file: KeptFile) {
    this.range = new Float64Array(file.range);
  }

  /**
   * Keeps the bytes that were unpacked for the first time, unless they lie so far before `wanted` that no block needs them.
   */
  async keep(fresh: Uint8Array, rawStart: number, wanted: number): Promise<void> {
    const { mostBytes } = this.file;
    const [start = 0, end = 0] = this.range;
    const isFollowing = end === rawStart && end > 0;
    const isFar = wanted - rawStart >= mostBytes;
    if ((isFar && !isFollowing) || fresh.length > mostBytes) return;
    const rawEnd = rawStart + fresh.length;
    const first = Math.max(isFollowing ? start : rawStart, rawEnd - mostBytes);
    this.range.set([first, Math.max(first, rawStart)]);
    await this.inParts('write', rawStart, fresh, async (handle, at, part) => {
      for (let done = 0; done < part.length;) {
        done += (await handle.write(part, done, part.length - done, at + done)).bytesWritten;
      }
    });
    this.range.set([first, rawEnd]);
  }

  /** Fills the beginning of `into` with the bytes from `offset` on, as far as they are kept. @returns how many */
  async read(offset: number, into: Uint8Array): Promise<number> {
    const [start = 0, end = 0] = this.range;
    if (offset < start || offset >= end) return 0;
    const length = Math.min(into.length, end - offset);
    let isWhole = true;
    await this.inParts('read', offset, into.subarray(0, length), async (handle, at, part) => {
      const { bytesRead } = await handle.read(part, 0, part.length, at);
      isWhole &&= bytesRead === part.length;
    });
    // Another thread may have written over the bytes.
    return isWhole && offset >= (this.range[0] ?? 0) ? length : 0;
  }

  async close(): Promise<void> {
    const handle = await this.handle?.catch(() => undefined);
    this.handle = undefined;
    await handle?.close();
  }

  private async inParts(
    doing: 'read' | 'write',
    offset: number,
    bytes: Uint8Array,
    work: (handle: FileHandle, at: number, part: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { path, mostBytes } = this.file;
    try {
      const handle = await (this.handle ??= this.open());
      for (let done = 0; done < bytes.length;) {
        const at = (offset + done) % mostBytes;
        const part = bytes.subarray(done, done + mostBytes - at);
        await work(handle, at, part);
        done += part.length;
      }
    } catch (error) {
      throw fileError(doing, path, error);
    }
  }

  private async open(): Promise<FileHandle> {
    const { path } = this.file;
    await mkdir(dirname(path), { recursive: true });
    return open(path, constants.O_RDWR | constants.O_CREAT);
  }
}
