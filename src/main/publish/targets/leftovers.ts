import { posix } from 'node:path';
import { partialName } from './folder-target';
import type { SftpChannel } from './sftp-calls';

/** Beside a file, where rsync keeps what has arrived of it. */
export const PARTIAL_FOLDER = '.precomputed-studio-part';

/** What is left at a host of uploads that broke off, to go on with; found while its folders are listed. */
export class Leftovers {
  private readonly bySftp = new Map<string, string[]>();
  private readonly byRsync = new Map<string, string>();

  /** The name under which a large file is written: after its bytes, so that only those of the same are gone on with. */
  static nameOf(path: string, md5: string): string {
    return posix.join(posix.dirname(path), partialName(`${posix.basename(path)}.${md5.slice(0, 12)}`));
  }

  /** A hidden file beside others. */
  noteFile(folder: string, name: string): void {
    const file = /^\.(.+)\.[0-9a-f]{12}\.precomputed-studio-part$/.exec(name)?.[1];
    if (file === undefined) return;
    const path = posix.join(folder, file);
    this.bySftp.set(path, [...(this.bySftp.get(path) ?? []), posix.join(folder, name)]);
  }

  /** A file in the {@link PARTIAL_FOLDER} of a folder. */
  noteRsynced(folder: string, name: string): void {
    this.byRsync.set(posix.join(folder, name), posix.join(folder, PARTIAL_FOLDER, name));
  }

  isOfSftp(path: string): boolean {
    return this.bySftp.has(path);
  }

  isOfRsync(path: string): boolean {
    return this.byRsync.has(path);
  }

  /** Removes what is left of a file, except for one path. */
  async remove(channel: SftpChannel, path: string, except?: string): Promise<void> {
    const rsynced = this.byRsync.get(path);
    const left = [...(this.bySftp.get(path) ?? []), ...(rsynced === undefined ? [] : [rsynced])];
    for (const name of left) {
      // What can't be removed is in nobody's way: no web server shows it.
      if (name !== except) await channel.call((sftp, done) => sftp.unlink(name, done)).catch(() => undefined);
    }
    if (rsynced !== undefined) {
      // Fails while there are others in it.
      await channel.call((sftp, done) => sftp.rmdir(posix.dirname(rsynced), done)).catch(() => undefined);
    }
    this.bySftp.delete(path);
    this.byRsync.delete(path);
  }
}
