import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { posix } from 'node:path';
import type { SFTPWrapper } from 'ssh2';
import { InvalidInputError } from '../../../shared/base/errors';
import type { CommandResult, HostTarget } from '../host-command';
import type {
  ManyFiles,
  OutgoingFile,
  OutgoingObject,
  RemoteObject,
  RunWithRetries,
} from '../publish-target';
import type { TargetNaming } from '../target-naming';
import { partialName } from './folder-target';
import { Leftovers, PARTIAL_FOLDER } from './leftovers';
import { sendByRsync, type Transfer } from './rsync-sender';
import { call, diskFull, isDiskFull, isMissingFile, sftpError, writeObject } from './sftp-calls';
import {
  connectSsh,
  openSftp,
  runScript,
  type AskSecret,
  type SshConnection,
  type SshSettings,
} from './ssh-connection';

export interface SftpTargetOptions extends SshSettings {
  /** Relative to the home folder, or absolute. */
  readonly folder: string;
  readonly transfer: Transfer;
  readonly naming: TargetNaming;
  /** Where a web server shows the folder. */
  readonly publicUrl: string | undefined;
}

/** OpenSSH grants ten a connection. */
const CHANNELS = 4;

/**
 * A folder of a host that is reached by SSH. Files are written under a hidden name, then renamed; several channels
 * over one connection, which is made anew when it breaks.
 */
export class SftpTarget implements HostTarget {
  readonly id: string;
  readonly naming: TargetNaming;
  readonly publicUrl: string | undefined;
  readonly parallel = { start: 16, most: 64 };
  readonly partBytes = 8 << 20;
  private readonly settings: SshSettings;
  private readonly folder: string;
  private readonly transfer: Transfer;
  private leftovers = new Leftovers();
  private readonly made = new Map<string, Promise<void>>();
  private connection: Promise<Connection> | undefined;

  constructor(options: SftpTargetOptions) {
    const { host, port, user, folder, naming, publicUrl } = options;
    const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
    this.id = `sftp://${login}${host}${port === 22 ? '' : `:${port}`}/${folder.replace(/^\//, '')}`;
    this.naming = naming;
    this.publicUrl = publicUrl;
    this.folder = folder;
    this.transfer = options.transfer;
    this.settings = { ...options, askSecret: rememberAnswers(options.askSecret) };
    if (folder === '/' || folder === '') {
      throw new InvalidInputError(`${this.id} is the top folder of the host.`, {
        remedy: 'Name the folder that the web server shows: sftp://USER@HOST/PATH.',
        fields: { usage: true },
      });
    }
  }

  async prepare(retry: RunWithRetries): Promise<void> {
    await retry(async () => {
      const sftp = await this.channel();
      await this.makeFolder(sftp, this.folder);
    });
  }

  async *list(retry: RunWithRetries): AsyncIterable<RemoteObject> {
    this.leftovers = new Leftovers();
    yield* this.walk('', retry);
  }

  async sendMany(request: ManyFiles): Promise<readonly OutgoingFile[]> {
    const { host, port, user = userInfo().username } = this.settings;
    const { transfer, folder, naming, runScript, leftovers } = this;
    const { way, hostKey } = await request.retry(() => this.connected());
    return sendByRsync(request, {
      transfer,
      route: { host, port, user, way, hostKey },
      folder,
      naming,
      runScript,
      leftovers,
      list: (retry) => this.list(retry),
    });
  }

  put(object: OutgoingObject, retry: RunWithRetries, signal: AbortSignal): Promise<string> {
    const path = this.path(object.key);
    // Named after its bytes where it is large, so that what has arrived of the same bytes is used.
    const large = object.sizeBytes > this.partBytes;
    const unfinished = large
      ? Leftovers.nameOf(path, object.md5)
      : posix.join(posix.dirname(path), partialName(posix.basename(path)));
    return retry(async () => {
      const sftp = await this.channel();
      try {
        await this.makeFolder(sftp, posix.dirname(path));
        await this.leftovers.remove(sftp, path, unfinished);
        const seconds = Math.floor(object.modifiedMs / 1000);
        await writeObject(sftp, unfinished, object, seconds, signal, large);
        await call((done) => sftp.ext_openssh_rename(unfinished, path, done));
        return String(seconds);
      } catch (error) {
        throw (await isDiskFull(sftp, posix.dirname(path), object.sizeBytes, error))
          ? diskFull(path)
          : sftpError('write', path, error);
      }
    });
  }

  async remove(keys: readonly string[], retry: RunWithRetries): Promise<void> {
    for (const key of keys) {
      const path = this.path(key);
      await retry(async () => {
        const sftp = await this.channel();
        await this.leftovers.remove(sftp, path);
        await call((done) => sftp.unlink(path, done)).catch((error: unknown) => {
          if (!isMissingFile(error)) throw sftpError('delete', path, error);
        });
      });
    }
  }

  async holds(remote: RemoteObject, object: OutgoingObject, retry: RunWithRetries): Promise<boolean> {
    if (remote.sizeBytes !== object.sizeBytes) return false;
    const path = this.path(remote.key);
    return retry(async () => {
      const sftp = await this.channel();
      const hash = createHash('md5');
      try {
        for await (const part of sftp.createReadStream(path) as AsyncIterable<Buffer>) hash.update(part);
      } catch (error) {
        throw sftpError('read', path, error);
      }
      return hash.digest('hex') === object.md5;
    });
  }

  async close(): Promise<void> {
    const connection = await this.connection?.catch(() => undefined);
    connection?.client.end();
    this.connection = undefined;
  }

  readonly runScript = async (script: string): Promise<CommandResult> =>
    runScript((await this.connected()).client, script, this.id);

  /** One of the channels, in turn. */
  private async channel(): Promise<SFTPWrapper> {
    const connection = await this.connected();
    const channel = connection.channels[connection.next++ % connection.channels.length];
    return channel ?? connection.first;
  }

  /** The connection; where there is none, it is made. */
  private async connected(): Promise<Connection> {
    this.connection ??= this.connect();
    return this.connection.catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
  }

  private async connect(): Promise<Connection> {
    const ssh = await connectSsh(this.settings);
    const { client } = ssh;
    const forget = (): void => {
      this.connection = undefined;
      this.made.clear();
    };
    client.on('close', forget);
    client.on('error', forget);
    const first = await openSftp(client, this.id);
    const others = await Promise.allSettled(
      Array.from({ length: CHANNELS - 1 }, () => openSftp(client, this.id)),
    );
    const channels = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []));
    return { ...ssh, first, channels: [first, ...channels], next: 0 };
  }

  private path(key: string): string {
    const names = key.split('/');
    if (names.some((name) => name === '' || name === '.' || name === '..')) {
      throw new InvalidInputError(`The name '${key}' leads out of ${this.id}.`);
    }
    return posix.join(this.folder, ...names);
  }

  /** Makes a folder and those above it; asks the host once for each. */
  private makeFolder(sftp: SFTPWrapper, path: string): Promise<void> {
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const making = this.makeMissing(sftp, path);
    this.made.set(path, making);
    making.catch(() => this.made.delete(path));
    return making;
  }

  private async makeMissing(sftp: SFTPWrapper, path: string): Promise<void> {
    if (path === '/' || path === '.') return;
    const there = await call<{ isDirectory(): boolean }>((done) => sftp.stat(path, done)).catch(
      (error: unknown) => {
        if (!isMissingFile(error)) throw sftpError('look at', path, error);
        return undefined;
      },
    );
    if (there?.isDirectory() === true) return;
    if (there !== undefined) {
      throw new InvalidInputError(`${path} on the host is a file, not a folder.`, {
        remedy: 'Choose a folder.',
      });
    }
    await this.makeFolder(sftp, posix.dirname(path));
    await call((done) => sftp.mkdir(path, done)).catch((error: unknown) => {
      throw sftpError('make the folder', path, error);
    });
  }

  private async *walk(folder: string, retry: RunWithRetries): AsyncIterable<RemoteObject> {
    const path = posix.join(this.folder, folder);
    for (const { filename, attrs } of await this.readFolder(path, retry)) {
      if (filename === PARTIAL_FOLDER) {
        const kept = await this.readFolder(posix.join(path, filename), retry);
        for (const file of kept) this.leftovers.noteRsynced(path, file.filename);
      } else if (filename.startsWith('.')) {
        this.leftovers.noteFile(path, filename);
      }
      if (filename.startsWith('.')) continue;
      const key = folder === '' ? filename : `${folder}/${filename}`;
      if (attrs.isDirectory()) yield* this.walk(key, retry);
      else if (attrs.isFile()) yield { key, sizeBytes: attrs.size, tag: String(attrs.mtime) };
    }
  }

  private readFolder(path: string, retry: RunWithRetries): Promise<readonly ListedFile[]> {
    return retry(async () => {
      const sftp = await this.channel();
      return call<readonly ListedFile[]>((done) => sftp.readdir(path, done)).catch((error: unknown) => {
        if (isMissingFile(error)) return [];
        throw sftpError('list', path, error);
      });
    });
  }
}

interface Connection extends SshConnection {
  readonly first: SFTPWrapper;
  readonly channels: readonly SFTPWrapper[];
  next: number;
}

interface ListedFile {
  readonly filename: string;
  readonly attrs: {
    isDirectory(): boolean;
    isFile(): boolean;
    readonly size: number;
    readonly mtime: number;
  };
}

/** Asks each question once, so that a connection can be made anew without asking again. */
function rememberAnswers(ask: AskSecret): AskSecret {
  const answers = new Map<string, Promise<string | undefined>>();
  return (question, kind) => {
    const answer = answers.get(question) ?? ask(question, kind);
    answers.set(question, answer);
    return answer;
  };
}
