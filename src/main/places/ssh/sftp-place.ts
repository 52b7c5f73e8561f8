import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { InvalidInputError } from '../../../shared/base/errors';
import { inLanes } from '../../../shared/base/in-lanes';
import { urlHost } from '../../base/web-address';
import { afterProgress } from '../../base/retrier';
import type { CommandResult } from '../../base/run-script';
import type { ListPage, ObjectHead, OutgoingObject, Place } from '../place';
import { newMark, PartialFiles } from '../partial-files';
import { HostAbilities } from './host-abilities';
import { isDiskFull, readFilePart, replaceFile, writeObject, type FilePart } from './sftp-calls';
import type { SftpChannel } from './sftp-channel';
import { SftpConnection } from './sftp-connection';
import { diskFull, isMissingFile, sftpError, takenAway } from './sftp-errors';
import { SftpFolders } from './sftp-folders';
import type { SshSettings } from './login-attempt';
import { UnfinishedFile } from './unfinished-file';

export interface SftpPlaceOptions extends SshSettings {
  /** Relative to the home folder, or absolute. */
  readonly folder: string;
}

/** The number of files that are removed at the same time. */
const REMOVED_TOGETHER = 32;

/** A folder on a host that is reached by SSH. Files are written under a hidden name, then renamed. */
export class SftpPlace implements Place {
  readonly id: string;
  /**
   * The number is large because, with a distant host, most of these files are on the way at any time. Servers with one
   * process for all channels usually may have 1,024 files open.
   */
  readonly parallel = { start: 512, most: 512 };
  readonly partBytes = 8 << 20;
  private readonly connection: SftpConnection;
  private readonly abilities: HostAbilities;
  private readonly folders: SftpFolders;
  private readonly folder: string;
  private partial = new PartialFiles(posix);
  /** No other process has this in the names of its unfinished files. */
  private readonly ownMark = newMark();
  /** The unfinished files of objects that are being sent: another attempt writes to the same one. */
  private readonly unfinished = new WeakMap<OutgoingObject, UnfinishedFile>();
  private log: (message: string) => void = () => undefined;

  constructor(options: SftpPlaceOptions) {
    const { host, port, user, folder } = options;
    const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
    const at = port === undefined || port === 22 ? '' : `:${port}`;
    this.id = `sftp://${login}${urlHost(host)}${at}/${folder.replace(/^\//, '')}`;
    this.folder = folder;
    this.abilities = new HostAbilities((message) => this.log(message));
    this.folders = new SftpFolders(this.abilities);
    this.connection = new SftpConnection(this.id, options, this.abilities, () => this.folders.forget());
    if (folder === '/' || folder === '') {
      throw new InvalidInputError(`${this.id} is the root folder of the host.`, {
        remedy: 'Name the folder that the web server serves: sftp://USER@HOST/PATH.',
        fields: { usage: true },
      });
    }
  }

  reportTo(log: (message: string) => void): void {
    this.log = log;
  }

  async prepare(): Promise<void> {
    await this.folders.isThere(await this.connection.channel(), this.folder);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.read(key, 0, Number.POSITIVE_INFINITY))?.bytes;
  }

  async getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    return (await this.read(key, offsetBytes, lengthBytes))?.bytes;
  }

  async head(key: string, lengthBytes: number): Promise<ObjectHead | undefined> {
    const part = await this.read(key, 0, lengthBytes);
    if (part === undefined) return undefined;
    const { size, mtime } = part.stats;
    return { bytes: part.bytes, sizeBytes: size, modifiedMs: mtime * 1000 };
  }

  list(prefix: string): Promise<ListPage> {
    this.partial = new PartialFiles(posix);
    return this.listFolders([prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))], prefix);
  }

  async put(object: OutgoingObject, signal: AbortSignal): Promise<string> {
    const path = this.path(object.key);
    const unfinished = this.unfinishedFile(path, object);
    const arrivedBefore = unfinished.arrived;
    const channel = await this.connection.channel();
    try {
      await this.folders.make(channel, posix.dirname(path));
      await this.takeLeft(channel, path, object, unfinished);
      await writeObject(channel, unfinished, object, this.abilities, signal);
      await replaceFile(channel, unfinished.path, path, this.abilities).catch((error: unknown) => {
        throw isMissingFile(error) ? takenAway(path) : error;
      });
      return await this.tagOf(channel, path, object);
    } catch (error) {
      if (await isDiskFull(channel, posix.dirname(path), object.sizeBytes, error)) throw diskFull(path);
      const failure = sftpError('write', path, error);
      throw unfinished.arrived > arrivedBefore ? afterProgress(failure) : failure;
    }
  }

  private unfinishedFile(path: string, object: OutgoingObject): UnfinishedFile {
    const known = this.unfinished.get(object);
    if (known !== undefined) return known;
    const mark = this.markOf(object);
    const name = this.partial.nameOf(path, mark === undefined ? [newMark()] : [mark, this.ownMark]);
    const unfinished = new UnfinishedFile(name, mark !== undefined, () => this.partial.nameOf(path));
    this.unfinished.set(object, unfinished);
    return unfinished;
  }

  /** A large file is named after its bytes, so that a later upload of the same bytes can resume it. */
  private markOf({ sizeBytes, md5 }: OutgoingObject): string | undefined {
    return sizeBytes > this.partBytes ? md5.slice(0, 12) : undefined;
  }

  /**
   * Continues with what an interrupted upload left of the same bytes, and removes what is left of others. The file is first
   * renamed to the name of this upload, which one process alone can do. If the upload wasn't interrupted, it finds its file
   * gone at the end, and begins again.
   */
  private async takeLeft(
    channel: SftpChannel,
    path: string,
    object: OutgoingObject,
    unfinished: UnfinishedFile,
  ): Promise<void> {
    const mark = this.markOf(object);
    let isTaken = mark === undefined;
    for (const left of this.partial.take(path)) {
      if (left === unfinished.path) continue;
      if (!isTaken && this.partial.hasMark(left, mark ?? '')) {
        const renaming = channel.call((sftp, done) => sftp.rename(left, unfinished.path, done));
        isTaken = await renaming.then(
          () => true,
          () => false,
        );
        if (isTaken) continue;
      }
      await this.removeLeft(channel, left);
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    await inLanes(keys, REMOVED_TOGETHER, async (key) => {
      const path = this.path(key);
      const channel = await this.connection.channel();
      for (const left of this.partial.take(path)) await this.removeLeft(channel, left);
      await channel
        .call((sftp, done) => sftp.unlink(path, done))
        .catch((error: unknown) => {
          if (!isMissingFile(error)) throw sftpError('delete', path, error);
        });
    });
  }

  /** Removes an unfinished file. One that can't be removed does no harm, because no web server shows it. */
  private async removeLeft(channel: SftpChannel, left: string): Promise<void> {
    await channel.call((sftp, done) => sftp.unlink(left, done)).catch(() => undefined);
  }

  close(): Promise<void> {
    this.connection.close();
    return Promise.resolve();
  }

  readonly runScript = (script: string): Promise<CommandResult> => this.connection.runScript(script);

  private async read(key: string, offset: number, length: number): Promise<FilePart | undefined> {
    const path = this.path(key);
    try {
      return await readFilePart(await this.connection.channel(), path, offset, length);
    } catch (error) {
      throw sftpError('read', path, error);
    }
  }

  /** Returns the file's modification time on the host, which identifies this version of the file. */
  private async tagOf(channel: SftpChannel, path: string, { modifiedMs }: OutgoingObject): Promise<string> {
    if (this.abilities.canSetTimes) return String(Math.floor(modifiedMs / 1000));
    const { mtime } = await channel.call<Stats>((sftp, done) => sftp.stat(path, done));
    return String(mtime);
  }

  private path(key: string): string {
    const names = key.split('/');
    if (names.some((name) => name === '' || name === '.' || name === '..')) {
      throw new InvalidInputError(`The name '${key}' leads out of ${this.id}.`);
    }
    return posix.join(this.folder, ...names);
  }

  /** Lists the first of some folders, then the others and those below them. */
  private async listFolders([folder = '', ...others]: readonly string[], prefix: string): Promise<ListPage> {
    const path = folder === '' ? this.folder : this.path(folder);
    const entries = await this.folders.list(await this.connection.channel(), path);
    const below = folder === '' ? '' : `${folder}/`;
    const shown = entries.filter(({ filename }) => !filename.startsWith('.'));
    for (const { filename } of entries) if (filename.startsWith('.')) this.partial.note(path, filename);
    const objects = shown
      .filter(({ filename, attrs }) => attrs.isFile() && (below + filename).startsWith(prefix))
      .map(({ filename, attrs: { size, mtime } }) => ({
        key: below + filename,
        sizeBytes: size,
        tag: String(mtime),
      }));
    const folders = shown.filter(({ attrs }) => attrs.isDirectory()).map(({ filename }) => below + filename);
    const rest = [...folders, ...others];
    return { objects, next: rest.length === 0 ? undefined : () => this.listFolders(rest, prefix) };
  }
}
