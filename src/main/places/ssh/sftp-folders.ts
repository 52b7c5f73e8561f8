import { posix } from 'node:path';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import type { HostAbilities } from './host-abilities';
import type { SftpChannel } from './sftp-channel';
import { isMissingFile, sftpError } from './sftp-errors';

/** The folders on a host: creates those that are missing, and lists them. Paths are those of the host. */
export class SftpFolders {
  private readonly made = new Map<string, Promise<void>>();

  constructor(private readonly abilities: HostAbilities) {}

  /** Forgets which folders are there, as a host that was away may be another one. */
  forget(): void {
    this.made.clear();
  }

  /** Creates a folder and those above it. Each folder is created only once per connection. */
  make(channel: SftpChannel, path: string): Promise<void> {
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const making = this.makeMissing(channel, path);
    this.made.set(path, making);
    making.catch(() => this.made.delete(path));
    return making;
  }

  /** Reports whether there is such a folder. @throws InvalidInputError if it is a file, or can't be looked at */
  async isThere(channel: SftpChannel, path: string): Promise<boolean> {
    const found = await channel
      .call<Stats>((sftp, done) => sftp.stat(path, done))
      .catch((error: unknown) => {
        if (!isMissingFile(error)) throw sftpError('look at', path, error);
        return undefined;
      });
    if (found?.isDirectory() === false) {
      throw new InvalidInputError(`${path} on the host is a file, not a folder.`, {
        remedy: 'Choose a folder.',
      });
    }
    return found !== undefined;
  }

  private async makeMissing(channel: SftpChannel, path: string): Promise<void> {
    if (path === '/' || path === '.' || (await this.isThere(channel, path))) return;
    const stat = () => channel.call<Stats>((sftp, done) => sftp.stat(path, done));
    await this.make(channel, posix.dirname(path));
    try {
      const refused = await channel
        .call((sftp, done) => sftp.mkdir(path, done))
        .then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
      const made = await stat().catch((error: unknown) => {
        throw refused?.error ?? error;
      });
      // Another process may have created it meanwhile, which hosts report with various status codes.
      if (refused !== undefined && !made.isDirectory()) throw refused.error;
      // With a strict umask, the web server could not read the folder.
      if (refused === undefined && (made.mode & 0o005) !== 0o005) {
        const mode = (made.mode & 0o7777) | 0o055;
        await channel
          .call((sftp, done) => sftp.setstat(path, { mode }, done))
          .catch((error: unknown) => {
            if (isStudioError(error)) throw error;
            this.abilities.lacksTimes();
          });
      }
    } catch (error) {
      throw sftpError('make the folder', path, error);
    }
  }

  /** Lists a folder: its files, its folders, and hidden ones. One that doesn't exist has none. */
  list(channel: SftpChannel, path: string): Promise<readonly FileEntryWithStats[]> {
    return channel
      .call<readonly FileEntryWithStats[]>((sftp, done) => sftp.readdir(path, done))
      .catch((error: unknown) => {
        if (isMissingFile(error)) return [];
        throw sftpError('list', path, error);
      });
  }
}
