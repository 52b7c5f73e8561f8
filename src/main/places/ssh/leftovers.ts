import { posix } from 'node:path';
import { PartialFiles } from '../partial-files';
import type { SftpChannel } from './sftp-calls';

/** Name of the folder, next to a file, in which rsync keeps the part of it that has arrived. */
export const PARTIAL_FOLDER = '.precomputed-studio-part';

/** The unfinished files that interrupted uploads left on a host. They are found while its folders are listed. */
export class Leftovers {
  readonly bySftp = new PartialFiles(posix);
  private readonly byRsync = new Map<string, string>();

  /** Records a file in the {@link PARTIAL_FOLDER} of a folder. */
  noteRsynced(folder: string, name: string): void {
    this.byRsync.set(posix.join(folder, name), posix.join(folder, PARTIAL_FOLDER, name));
  }

  isOfRsync(path: string): boolean {
    return this.byRsync.has(path);
  }

  /** Removes the unfinished files of a path, apart from `except`. */
  async remove(channel: SftpChannel, path: string, except?: string): Promise<void> {
    const rsynced = this.byRsync.get(path);
    const left = [...this.bySftp.take(path), ...(rsynced === undefined ? [] : [rsynced])];
    for (const name of left) {
      // A file that can't be removed does no harm, because no web server shows it.
      if (name !== except) await channel.call((sftp, done) => sftp.unlink(name, done)).catch(() => undefined);
    }
    if (rsynced === undefined) return;
    // Fails while the folder holds other files.
    await channel.call((sftp, done) => sftp.rmdir(posix.dirname(rsynced), done)).catch(() => undefined);
    this.byRsync.delete(path);
  }
}
