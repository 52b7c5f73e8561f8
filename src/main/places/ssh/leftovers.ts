import { posix } from 'node:path';
import { PartialFiles } from '../partial-files';
import type { SftpChannel } from './sftp-calls';

/** Beside a file, where rsync keeps what has arrived of it. */
export const PARTIAL_FOLDER = '.precomputed-studio-part';

/** What is left at a host of uploads that broke off, to go on with; found while its folders are listed. */
export class Leftovers {
  readonly bySftp = new PartialFiles(posix);
  private readonly byRsync = new Map<string, string>();

  /** A file in the {@link PARTIAL_FOLDER} of a folder. */
  noteRsynced(folder: string, name: string): void {
    this.byRsync.set(posix.join(folder, name), posix.join(folder, PARTIAL_FOLDER, name));
  }

  isOfRsync(path: string): boolean {
    return this.byRsync.has(path);
  }

  /** Removes what is left of a file, except for one path. */
  async remove(channel: SftpChannel, path: string, except?: string): Promise<void> {
    const rsynced = this.byRsync.get(path);
    const left = [...this.bySftp.take(path), ...(rsynced === undefined ? [] : [rsynced])];
    for (const name of left) {
      // What can't be removed is in nobody's way: no web server shows it.
      if (name !== except) await channel.call((sftp, done) => sftp.unlink(name, done)).catch(() => undefined);
    }
    if (rsynced === undefined) return;
    // Fails while there are others in it.
    await channel.call((sftp, done) => sftp.rmdir(posix.dirname(rsynced), done)).catch(() => undefined);
    this.byRsync.delete(path);
  }
}
