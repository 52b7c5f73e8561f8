import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** A read that takes longer than this, and than its bytes at this rate, has waited for a disk or a network. */
const QUICK_MS = 3;
const QUICK_BYTES_PER_MS = 2 ** 19;
/** So many reads go through the thread pool after one that has waited. */
const READS_APART = 8;

/**
 * Reads parts of files. What the system has in memory is read at once, as a detour through the thread pool takes up to as
 * long as to copy a megabyte. After a read that had to wait, the next ones let other work of this thread continue meanwhile.
 */
export class FileReads {
  private readsApart = 0;

  /** @param now the time in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Reads to `into` what the file has from `offsetBytes` on, at most `into.length` bytes.
   * @returns the number of bytes, 0 at the end of the file; a promise of it if others may continue meanwhile
   * @throws the file system's error
   */
  read(handle: FileHandle, offsetBytes: number, into: Uint8Array): number | Promise<number> {
    if (this.readsApart > 0) {
      this.readsApart--;
      return handle.read(into, 0, into.length, offsetBytes).then(({ bytesRead }) => bytesRead);
    }
    const start = this.now();
    const bytesRead = readSync(handle.fd, into, 0, into.length, offsetBytes);
    if (this.now() - start > QUICK_MS + bytesRead / QUICK_BYTES_PER_MS) this.readsApart = READS_APART;
    return bytesRead;
  }
}
