import { posix } from 'node:path';
import type { Client, FileEntryWithStats, Stats } from 'ssh2';
import { InvalidInputError, IoError, isStudioError } from '../../../shared/base/errors';
import { inLanes } from '../../../shared/base/in-lanes';
import { urlHost } from '../../base/web-address';
import type { CommandResult } from '../../base/run-script';
import type { ListPage, ObjectHead, OutgoingObject, Place } from '../place';
import { newMark, PartialFiles } from '../partial-files';
import { HostAbilities } from './host-abilities';
import { isDiskFull, readFilePart, replaceFile, writeObject, type FilePart } from './sftp-calls';
import { SftpChannel } from './sftp-channel';
import { diskFull, isMissingFile, sftpError, takenAway } from './sftp-errors';
import { UnfinishedFile } from './unfinished-file';
import type { AskSecret } from './ask-secret';
import { afterProgress } from '../../base/retrier';
import { brokenOff, connectSsh, isRclone, openSftp, runScript, type SshSettings } from './ssh-connection';

export interface SftpPlaceOptions extends SshSettings {
  /** Relative to the home folder, or absolute. */
  readonly folder: string;
}

/** OpenSSH allows ten channels per connection. */
const CHANNELS = 4;
/** The number of files that are removed at the same time. */
const REMOVED_TOGETHER = 32;

/**
 * A folder on a host that is reached by SSH. Files are written under a hidden name, then renamed. One connection
 * carries several channels, and is opened again when it breaks.
 */
export class SftpPlace implements Place {
  readonly id: string;
  /**
   * The number is large because, with a distant host, most of these files are on the way at any time. Servers with one
   * process for all channels usually may have 1,024 files open.
   */
  readonly parallel = { start: 512, most: 512 };
  readonly partBytes = 8 << 20;
  private readonly settings: SshSettings;
  private readonly abilities: HostAbilities;
  private readonly leaving = new AbortController();
  private readonly folder: string;
  private partial = new PartialFiles(posix);
  /** No other process has this in the names of its unfinished files. */
  private readonly ownMark = newMark();
  /** The unfinished files of objects that are being sent: another attempt writes to the same one. */
  private readonly unfinished = new WeakMap<OutgoingObject, UnfinishedFile>();
  private readonly made = new Map<string, Promise<void>>();
  private connection: Promise<Connection> | undefined;
  private hasConnected = false;
  private log: (message: string) => void = () => undefined;

  constructor(options: SftpPlaceOptions) {
    const { host, port, user, folder } = options;
    const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
    const at = port === undefined || port === 22 ? '' : `:${port}`;
    this.id = `sftp://${login}${urlHost(host)}${at}/${folder.replace(/^\//, '')}`;
    this.folder = folder;
    this.abilities = new HostAbilities((message) => this.log(message));
    this.settings = {
      ...options,
      askSecret: rememberAnswers(options.askSecret),
      signal: this.leaving.signal,
    };
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
    await this.isThere(await this.channel(), this.folder);
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
    const channel = await this.channel();
    try {
      await this.makeFolder(channel, posix.dirname(path));
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
   * Goes on with what an interrupted upload left of the same bytes, and removes what is left of others. The file is first
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
      const channel = await this.channel();
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

  /** Cuts the connection. No call is waiting any more, and ssh2 can't abort a connection that it closes politely. */
  close(): Promise<void> {
    this.connection = undefined;
    this.leaving.abort();
    return Promise.resolve();
  }

  readonly runScript = async (script: string): Promise<CommandResult> =>
    runScript((await this.connected()).client, script, this.id);

  /** Returns the channels in turn. */
  private async channel(): Promise<SftpChannel> {
    const connection = await this.connected();
    const channel = connection.channels[connection.next++ % connection.channels.length];
    if (channel === undefined) throw brokenOff(this.id);
    return channel;
  }

  /** Returns the connection, and opens it if there is none. */
  private connected(): Promise<Connection> {
    if (this.connection !== undefined) return this.connection;
    const connecting = this.connect(() => {
      if (this.connection !== connecting) return;
      this.connection = undefined;
      this.made.clear();
    });
    this.connection = connecting;
    connecting.catch(() => {
      if (this.connection === connecting) this.connection = undefined;
    });
    return connecting;
  }

  private async connect(forget: () => void): Promise<Connection> {
    const client = await connectSsh(this.settings).catch((error: unknown) => {
      // A host that was there is starting again, or the network is gone for a while.
      throw this.hasConnected && error instanceof IoError ? brokenOff(this.id) : error;
    });
    const channels: SftpChannel[] = [];
    const lost = (): void => {
      for (const channel of channels) channel.close();
      forget();
    };
    client.on('close', lost);
    client.on('error', lost);
    // A channel must be listened to at once: it may be closed while others are being opened.
    const open = async (): Promise<void> => {
      const sftp = await openSftp(client, this.id);
      channels.push(new SftpChannel(sftp, this.id));
    };
    try {
      await open();
    } catch (error) {
      client.destroy();
      throw error;
    }
    this.hasConnected = true;
    // It may take what it has of an interrupted file for the whole.
    if (isRclone(client)) this.abilities.canWriteAnywhere = false;
    await Promise.allSettled(Array.from({ length: CHANNELS - 1 }, open));
    return { client, channels, next: 0 };
  }

  private async read(key: string, offset: number, length: number): Promise<FilePart | undefined> {
    const path = this.path(key);
    try {
      return await readFilePart(await this.channel(), path, offset, length);
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

  /** Creates a folder and those above it. Each folder is created only once per connection. */
  private makeFolder(channel: SftpChannel, path: string): Promise<void> {
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const making = this.makeMissing(channel, path);
    this.made.set(path, making);
    making.catch(() => this.made.delete(path));
    return making;
  }

  /** Reports whether there is such a folder. @throws InvalidInputError if it is a file, or can't be looked at */
  private async isThere(channel: SftpChannel, path: string): Promise<boolean> {
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
    await this.makeFolder(channel, posix.dirname(path));
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

  /** Lists the first of some folders, then the others and those below them. */
  private async listFolders([folder = '', ...others]: readonly string[], prefix: string): Promise<ListPage> {
    const path = folder === '' ? this.folder : this.path(folder);
    const entries = await this.readFolder(path);
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

  private async readFolder(path: string): Promise<readonly FileEntryWithStats[]> {
    const channel = await this.channel();
    return channel
      .call<readonly FileEntryWithStats[]>((sftp, done) => sftp.readdir(path, done))
      .catch((error: unknown) => {
        if (isMissingFile(error)) return [];
        throw sftpError('list', path, error);
      });
  }
}

interface Connection {
  readonly client: Client;
  readonly channels: readonly SftpChannel[];
  next: number;
}

/** Remembers answers, so that a new connection needs no questions, except for codes, which work only once. */
function rememberAnswers(ask: AskSecret): AskSecret {
  const answers = new Map<string, Promise<string | undefined>>();
  return (question, kind, shown) => {
    if (kind === 'code') return ask(question, kind, shown);
    const answer = answers.get(question) ?? ask(question, kind, shown);
    answers.set(question, answer);
    return answer;
  };
}
