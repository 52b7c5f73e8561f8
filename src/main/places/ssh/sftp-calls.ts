/**
 * Files that are written, replaced and read by the file transfer protocol over SSH.
 *
 * Source: draft-ietf-secsh-filexfer-02, sections 6 and 7 (the version that OpenSSH uses).
 */
import { posix } from 'node:path';
import type { InputAttributes, Stats } from 'ssh2';
import { CancelledError, isStudioError } from '../../../shared/base/errors';
import { inLanes, inWindow } from '../../../shared/base/in-lanes';
import type { OutgoingObject } from '../place';
import type { HostAbilities } from './host-abilities';
import type { SftpChannel } from './sftp-channel';
import { isMissingFile, STATUS, statusOf } from './sftp-errors';
import {
  PIECE_BYTES,
  PIECES_AT_ONCE,
  sizeOf,
  WHOLE_WRITE_BYTES,
  type UnfinishedFile,
} from './unfinished-file';

/**
 * Writes a file with its modification time, and lets the web server read it whatever the login's umask is. Continues with an
 * unfinished file, unless the host only takes writes in order from the start on.
 */
export async function writeObject(...writing: Writing): Promise<void> {
  const [channel, file, object, abilities] = writing;
  if (!abilities.canWriteAnywhere) return writeFrom(0, ...writing);
  try {
    await writeFrom(await file.findStart(channel), ...writing);
  } catch (error) {
    const isRefused = statusOf(error) === STATUS.failure || statusOf(error) === STATUS.unsupported;
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
    throw Object.assign(new Error('the file is not whole'), { code: STATUS.failure });
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
    if (statusOf(error) !== STATUS.permissionDenied) throw error;
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
    if (there === undefined || statusOf(error) === undefined || isMissingFile(error)) throw error;
    abilities.lacksReplace();
    await channel.call((sftp, done) => sftp.unlink(to, done));
    await rename();
  }
  abilities.canReplace = false;
}

/** Reports whether a call failed because the server lacks the extension: ssh2 throws, or the server answers so. */
function isUnknownCall(error: unknown): boolean {
  if (statusOf(error) === STATUS.unsupported) return true;
  return error instanceof Error && /does not support this extended request/i.test(error.message);
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

/** Reports whether a write failed because the disk has no room for `sizeBytes`; the status itself doesn't say so. */
export async function isDiskFull(
  channel: SftpChannel,
  folder: string,
  sizeBytes: number,
  error: unknown,
): Promise<boolean> {
  if (statusOf(error) !== STATUS.failure) return false;
  const disk = await channel
    .call<{ readonly f_bavail: number; readonly f_frsize: number }>((sftp, done) =>
      sftp.ext_openssh_statvfs(folder, done),
    )
    .catch(() => undefined);
  return disk !== undefined && disk.f_bavail * disk.f_frsize < sizeBytes + PIECE_BYTES;
}
