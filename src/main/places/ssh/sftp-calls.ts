/**
 * Calls of the file transfer protocol over SSH as promises, with its status codes as StudioErrors.
 *
 * Source: draft-ietf-secsh-filexfer-02, sections 6 and 7 (the version that OpenSSH uses).
 */
import { posix } from 'node:path';
import type { InputAttributes, SFTPWrapper, Stats } from 'ssh2';
import {
  CancelledError,
  InvalidInputError,
  IoError,
  isStudioError,
  type StudioError,
} from '../../../shared/base/errors';
import { AdaptiveLimit } from '../../base/adaptive-limit';
import { inLanes, inWindow } from '../../../shared/base/in-lanes';
import type { OutgoingObject } from '../place';
import { brokenOff } from './ssh-connection';

const STATUS_NO_SUCH_FILE = 2;
const STATUS_PERMISSION_DENIED = 3;
const STATUS_FAILURE = 4;
const STATUS_UNSUPPORTED = 8;

/** Number of pieces of one file that are sent or read at the same time, and the bytes of each. */
const PIECES_AT_ONCE = 8;
const PIECE_BYTES = 256 << 10;
/** Every server accepts this much in one call (section 3). ssh2 splits larger writes and waits between the parts. */
const WHOLE_WRITE_BYTES = 30 << 10;
const WRITES_AT_ONCE = (PIECES_AT_ONCE * PIECE_BYTES) / WHOLE_WRITE_BYTES;

type Done<T> = (error: Error | null | undefined, value?: T) => void;

/** A channel for files. ssh2 never answers calls on a closed channel; here they fail, pending ones included. */
export class SftpChannel {
  private readonly waiting = new Set<(error: Error) => void>();
  private closed: IoError | undefined;

  constructor(
    readonly sftp: SFTPWrapper,
    private readonly where: string,
  ) {
    for (const event of ['close', 'end', 'error'] as const) sftp.on(event, this.close);
  }

  /** Turns a call with a callback into a promise, which also rejects if the connection breaks before the callback. */
  call<T>(start: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) {
        reject(this.closed);
        return;
      }
      this.waiting.add(reject);
      try {
        start(this.sftp, (error, value) => {
          this.waiting.delete(reject);
          if (error) reject(error);
          else resolve(value as T);
        });
      } catch (error) {
        // ssh2 throws if the server hasn't announced the extension.
        this.waiting.delete(reject);
        throw error;
      }
    });
  }

  /** Fails all calls. Must also be called when the connection is lost. */
  readonly close = (): void => {
    this.closed ??= brokenOff(this.where);
    for (const reject of this.waiting) reject(this.closed);
    this.waiting.clear();
  };
}

/** The file operations that a host supports. Each one counts as supported until the host refuses it. */
export class HostAbilities {
  /** A rename can replace an existing file (posix-rename@openssh.com). */
  canReplace = true;
  canSetTimes = true;
  /** Writes of a file may be on the way together, and begin within it. */
  canWriteAnywhere = true;
  /** Whether new files can't be read by others; undefined until the first one was examined. */
  unreadable: boolean | undefined;
  private saidInOrder = false;

  constructor(private readonly log: (message: string) => void) {}

  lacksReplace(): void {
    if (!this.canReplace) return;
    this.canReplace = false;
    this.log(
      "The host can't replace files by renaming, so an old file is removed just before the new one takes its place.",
    );
  }

  lacksWritingAnywhere(): void {
    if (this.saidInOrder) return;
    this.saidInOrder = true;
    this.log(
      'The host takes a file only from its start on, one write after the other. That is slower, and files that are interrupted are sent again as a whole.',
    );
  }

  lacksTimes(): void {
    if (!this.canSetTimes) return;
    this.canSetTimes = false;
    this.log(
      'The host does not allow setting the times and permissions of files. Its own values are recorded instead.',
    );
  }
}

/** The file of an object that is being sent. Each attempt to send the object goes on with it. */
export class UnfinishedFile {
  /** The number of bytes at the start that the host has confirmed. */
  private confirmed = 0;
  private mostConfirmed = 0;
  /** Where confirmed writes behind a gap end, by where they start. */
  private readonly behindGap = new Map<number, number>();
  private limit = new AdaptiveLimit(WRITES_AT_ONCE, WRITES_AT_ONCE, Number.POSITIVE_INFINITY);
  /** Whether an attempt has failed. */
  hasFailed = false;
  /** Why this attempt fails: writes that wait for their turn are not sent then. */
  private failure: unknown;
  private attempt = 0;

  /**
   * @param isFound whether an earlier process may have left the file, which then holds the start of the same object
   * @param otherPath makes the path of another file
   */
  constructor(
    private givenPath: string,
    private readonly isFound: boolean,
    private readonly otherPath: () => string,
  ) {}

  get path(): string {
    return this.givenPath;
  }

  /** The largest number of bytes at the start that the host has confirmed in any attempt. */
  get arrived(): number {
    return this.mostConfirmed;
  }

  /** Returns the number of bytes at the start that need not be sent again. */
  async findStart(channel: SftpChannel): Promise<number> {
    if (this.confirmed === 0 && !this.isFound) return 0;
    const size = await sizeOf(channel, this.path);
    if (this.confirmed > 0 && this.confirmed <= size) return this.confirmed;
    // Any of the last pieces that an earlier process sent may lack bytes.
    const pieces = this.isFound ? Math.floor(size / PIECE_BYTES) - PIECES_AT_ONCE : 0;
    return Math.max(0, pieces) * PIECE_BYTES;
  }

  /**
   * Takes another file, and returns the path of the one before. A host may close that only later, and then write to it what
   * it has of an attempt whose connection broke, as rclone's does.
   */
  leave(): string {
    const { path } = this;
    this.givenPath = this.otherPath();
    return path;
  }

  /** Begins an attempt that writes from `start` on, one write after the other where it must be `inOrder`. */
  begin(start: number, inOrder: boolean): void {
    this.attempt++;
    this.confirmed = start;
    this.behindGap.clear();
    this.failure = undefined;
    if (inOrder) this.limit = new AdaptiveLimit(1, 1, Number.POSITIVE_INFINITY);
  }

  /** Ends an attempt that failed. The next one begins slowly, so that something is confirmed before it fails as well. */
  fail(): void {
    this.hasFailed = true;
    this.limit = new AdaptiveLimit(1, WRITES_AT_ONCE, Number.POSITIVE_INFINITY);
  }

  /** Runs a call that writes some bytes at an offset. A late answer to an earlier attempt doesn't count for this one. */
  write(offset: number, length: number, call: () => Promise<void>): Promise<void> {
    const { attempt, limit } = this;
    return limit.run(length, async () => {
      if (this.failure !== undefined) throw this.failure;
      await call().catch((error: unknown) => {
        if (attempt === this.attempt) this.failure = error;
        throw error;
      });
      if (attempt !== this.attempt) return;
      limit.succeeded();
      this.confirm(offset, offset + length);
    });
  }

  private confirm(start: number, end: number): void {
    this.behindGap.set(start, end);
    for (let next = this.behindGap.get(this.confirmed); next !== undefined;) {
      this.behindGap.delete(this.confirmed);
      this.confirmed = next;
      next = this.behindGap.get(next);
    }
    this.mostConfirmed = Math.max(this.mostConfirmed, this.confirmed);
  }
}

/**
 * Writes a file with its modification time, and lets the web server read it whatever the login's umask is. Goes on with an
 * unfinished file, unless the host only takes writes in order from the start on.
 */
export async function writeObject(...writing: Writing): Promise<void> {
  const [channel, file, object, abilities] = writing;
  if (!abilities.canWriteAnywhere) return writeFrom(0, ...writing);
  try {
    await writeFrom(await file.findStart(channel), ...writing);
  } catch (error) {
    const isRefused = statusOf(error) === STATUS_FAILURE || statusOf(error) === STATUS_UNSUPPORTED;
    if (!isRefused || (await isDiskFull(channel, posix.dirname(file.path), object.sizeBytes, error)))
      throw error;
    abilities.canWriteAnywhere = false;
    await writeFrom(0, ...writing).catch((again: unknown) => {
      // It was refused for another reason.
      if (statusOf(again) !== undefined) abilities.canWriteAnywhere = true;
      throw again;
    });
    abilities.lacksWritingAnywhere();
  }
}

type Writing = readonly [
  channel: SftpChannel,
  file: UnfinishedFile,
  object: OutgoingObject,
  abilities: HostAbilities,
  signal: AbortSignal,
];

async function writeFrom(
  from: number,
  ...[channel, file, object, abilities, signal]: Writing
): Promise<void> {
  if (!abilities.canWriteAnywhere && file.hasFailed) {
    const left = file.leave();
    await channel.call((sftp, done) => sftp.unlink(left, done)).catch(() => undefined);
  }
  const { handle, start } = await openToWrite(channel, file.path, from);
  const inOrder = !abilities.canWriteAnywhere;
  file.begin(start, inOrder);
  const write = (bytes: Buffer, offset: number): Promise<void> =>
    file.write(offset, bytes.length, () =>
      channel.call((sftp, done) => sftp.write(handle, bytes, 0, bytes.length, offset, done)),
    );
  const writePiece = async (offset: number): Promise<Promise<void>[]> => {
    const bytes = await object.read(offset, PIECE_BYTES);
    return [...offsets(0, bytes.length, WHOLE_WRITE_BYTES)].map((at) =>
      write(bytes.subarray(at, at + WHOLE_WRITE_BYTES), offset + at),
    );
  };
  let writing: Promise<void>[] = [];
  try {
    if (object.sizeBytes <= PIECE_BYTES && !file.hasFailed && !inOrder) {
      writing = await writePiece(0);
    } else {
      const width = inOrder ? 1 : PIECES_AT_ONCE;
      await inWindow(offsets(start, object.sizeBytes, PIECE_BYTES), width, async (offset) => {
        if (signal.aborted) throw new CancelledError();
        await Promise.all(await writePiece(offset));
      });
    }
  } catch (error) {
    file.fail();
    await channel.call((sftp, done) => sftp.close(handle, done)).catch(() => undefined);
    throw error;
  }
  const ends = await Promise.allSettled([...writing, finishFile(channel, handle, object, abilities)]);
  for (const end of ends) {
    if (end.status === 'fulfilled') continue;
    file.fail();
    throw end.reason;
  }
  // Without a cache, rclone's server empties a file that is opened again, even if nothing is written to it.
  if (start > 0 && (await sizeOf(channel, file.path)) !== object.sizeBytes) {
    file.fail();
    throw Object.assign(new Error('the file is not whole'), { code: STATUS_FAILURE });
  }
}

/**
 * Opens an unfinished file to be written from `start`. Some servers do not allow writing to existing files, such as ProFTPD
 * unless AllowOverwrite is on, so the file of an attempt that failed is removed then, and begun again.
 */
async function openToWrite(
  channel: SftpChannel,
  path: string,
  start: number,
): Promise<{ readonly handle: Buffer; readonly start: number }> {
  const open = (flags: 'r+' | 'w'): Promise<Buffer> =>
    channel.call((sftp, done) => sftp.open(path, flags, done));
  try {
    return { handle: await open(start > 0 ? 'r+' : 'w'), start };
  } catch (error) {
    if (statusOf(error) !== STATUS_PERMISSION_DENIED) throw error;
    const isRemoved = await channel
      .call((sftp, done) => sftp.unlink(path, done))
      .then(
        () => true,
        () => false,
      );
    if (!isRemoved) throw error;
    return { handle: await open('w'), start: 0 };
  }
}

function* offsets(start: number, end: number, step: number): Generator<number> {
  for (let offset = start; offset < end; offset += step) yield offset;
}

/**
 * Sets the time and rights of a file and closes it. It doesn't wait between these calls, or for earlier writes, because
 * a host handles the calls for one file in order (section 6.1), and small files take mostly round-trip time.
 */
async function finishFile(
  channel: SftpChannel,
  handle: Buffer,
  { modifiedMs }: OutgoingObject,
  abilities: HostAbilities,
): Promise<void> {
  const close = () => channel.call((sftp, done) => sftp.close(handle, done));
  if (!abilities.canSetTimes) {
    await close();
    return;
  }
  const seconds = Math.floor(modifiedMs / 1000);
  const attributes: InputAttributes = { atime: seconds, mtime: seconds };
  if (abilities.unreadable === undefined) {
    const made = await channel
      .call<Stats>((sftp, done) => sftp.fstat(handle, done))
      .catch((error: unknown) => {
        if (isStudioError(error)) throw error;
        return undefined;
      });
    abilities.unreadable = made !== undefined && (made.mode & 0o004) === 0;
  }
  if (abilities.unreadable) attributes.mode = 0o644;
  const setting = channel.call((sftp, done) => sftp.fsetstat(handle, attributes, done));
  const [set, closed] = await Promise.allSettled([setting, close()]);
  if (closed.status === 'rejected') throw closed.reason;
  if (set.status === 'fulfilled') return;
  if (statusOf(set.reason) === undefined) throw set.reason;
  abilities.lacksTimes();
}

/** Renames a file, replacing an existing one. */
export async function replaceFile(
  channel: SftpChannel,
  from: string,
  to: string,
  abilities: HostAbilities,
): Promise<void> {
  if (abilities.canReplace) {
    try {
      await channel.call((sftp, done) => sftp.ext_openssh_rename(from, to, done));
      return;
    } catch (error) {
      if (!isUnknownCall(error)) throw error;
    }
  }
  const rename = () => channel.call((sftp, done) => sftp.rename(from, to, done));
  try {
    await rename();
  } catch (error) {
    // Some servers replace the file. Others refuse because it exists, in words of their own.
    const there = await channel.call<Stats>((sftp, done) => sftp.stat(to, done)).catch(() => undefined);
    if (there === undefined || statusOf(error) === undefined) throw error;
    abilities.lacksReplace();
    await channel.call((sftp, done) => sftp.unlink(to, done));
    await rename();
  }
  abilities.canReplace = false;
}

/** Reports whether a call failed because the server lacks the extension: ssh2 throws, or the server answers so. */
function isUnknownCall(error: unknown): boolean {
  if (statusOf(error) === STATUS_UNSUPPORTED) return true;
  return error instanceof Error && /does not support this extended request/i.test(error.message);
}

/** Returns the size of a file in bytes, 0 if there is none. */
async function sizeOf(channel: SftpChannel, path: string): Promise<number> {
  const there = await channel
    .call<{ readonly size: number }>((sftp, done) => sftp.stat(path, done))
    .catch((error: unknown) => {
      if (isMissingFile(error)) return undefined;
      throw error;
    });
  return there?.size ?? 0;
}

/** A part of a file, with the attributes of the whole file. */
export interface FilePart {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** Reads the bytes of a file from an offset, fewer at its end; undefined if there is no file. */
export async function readFilePart(
  channel: SftpChannel,
  path: string,
  offsetBytes: number,
  lengthBytes: number,
): Promise<FilePart | undefined> {
  const handle = await channel
    .call<Buffer>((sftp, done) => sftp.open(path, 'r', done))
    .catch(async (error: unknown) => {
      if (isMissingFile(error) || (await isFolder(channel, path))) return undefined;
      throw error;
    });
  if (handle === undefined) return undefined;
  try {
    const stats = await channel.call<Stats>((sftp, done) => sftp.fstat(handle, done));
    if (!stats.isFile()) return undefined;
    const bytes = Buffer.alloc(Math.max(0, Math.min(lengthBytes, stats.size - offsetBytes)));
    await inLanes(offsets(0, bytes.length, PIECE_BYTES), PIECES_AT_ONCE, async (start) => {
      const end = Math.min(start + PIECE_BYTES, bytes.length);
      for (let at = start; at < end;) {
        const read = await channel.call<number>((sftp, done) =>
          sftp.read(handle, bytes, at, end - at, offsetBytes + at, (error, count) => done(error, count)),
        );
        if (read === 0) throw new Error('it became shorter while it was read');
        at += read;
      }
    });
    return { bytes, stats };
  } finally {
    await channel.call((sftp, done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

/** Reports whether a path is a folder. Some servers refuse to open folders and others don't. */
async function isFolder(channel: SftpChannel, path: string): Promise<boolean> {
  const found = await channel.call<Stats>((sftp, done) => sftp.stat(path, done)).catch(() => undefined);
  return found?.isDirectory() === true;
}

export function isMissingFile(error: unknown): boolean {
  return statusOf(error) === STATUS_NO_SUCH_FILE;
}

/** Reports whether a write failed because the disk has no room for `sizeBytes`; the status itself doesn't say so. */
export async function isDiskFull(
  channel: SftpChannel,
  folder: string,
  sizeBytes: number,
  error: unknown,
): Promise<boolean> {
  if (statusOf(error) !== STATUS_FAILURE) return false;
  const disk = await channel
    .call<{ readonly f_bavail: number; readonly f_frsize: number }>((sftp, done) =>
      sftp.ext_openssh_statvfs(folder, done),
    )
    .catch(() => undefined);
  return disk !== undefined && disk.f_bavail * disk.f_frsize < sizeBytes + PIECE_BYTES;
}

export function diskFull(path: string): IoError {
  return new IoError(`Can't write ${path} on the host: its disk is full.`, {
    remedy: 'Free space there, then publish again: what has arrived is kept.',
    fields: { path, code: 'ENOSPC' },
  });
}

/** Converts the error of a call to a StudioError that names the operation and the path on the host. */
export function sftpError(doing: string, path: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const start = `Can't ${doing} ${path} on the host`;
  const status = statusOf(error);
  const fields = { path, ...(status === undefined ? {} : { status }) };
  if (status === STATUS_PERMISSION_DENIED) {
    const remedy = 'Get write permission there (chown or chmod on the host), or choose another folder.';
    return new InvalidInputError(`${start}: permission denied.`, { remedy, fields });
  }
  if (status === STATUS_NO_SUCH_FILE) {
    return new InvalidInputError(`${start}: there is no such file or folder.`, {
      remedy: 'Check the path on the host.',
      fields,
    });
  }
  if (status === STATUS_UNSUPPORTED) {
    return new InvalidInputError(`${start}: the server doesn't allow it.`, {
      remedy: 'Ask the administrator of the host what this login may do by SFTP, or choose another host.',
      fields,
    });
  }
  if (status === STATUS_FAILURE) {
    // The protocol gives no further detail.
    return new IoError(`${start}: the host reports a failure; most often its disk is full.`, {
      remedy: 'Look at the free space there (df -h, quota), then publish again: what has arrived is kept.',
      fields,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new IoError(`${start}: ${message}.`, {
    remedy: 'Check the network, then publish again: what has arrived is kept.',
    fields,
    retryable: true,
  });
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
