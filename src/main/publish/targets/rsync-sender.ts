import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { InvalidInputError, IoError, isStudioError } from '../../../shared/base/errors';
import { changedWhilePublished, targetKey, type DatasetFile } from '../dataset-files';
import type { RunScript } from '../../base/run-script';
import { openOutgoing } from '../outgoing-file';
import type { ManyFiles, OutgoingFile } from '../publish-target';
import type { RemoteObject, RunWithRetries } from '../../places/remote-place';
import type { TargetNaming } from '../target-naming';
import type { Leftovers } from '../../places/ssh/leftovers';
import { isPlainForSsh, runRsync, type SshRoute } from './rsync-run';

/** How files are sent to a host; auto: with rsync if that is faster and both sides have it. */
export type Transfer = 'auto' | 'sftp' | 'rsync';

export interface RsyncPlace {
  readonly transfer: Transfer;
  readonly route: SshRoute;
  readonly folder: string;
  readonly naming: TargetNaming;
  readonly runScript: RunScript;
  readonly leftovers: Leftovers;
  readonly list: (retry: RunWithRetries) => AsyncIterable<RemoteObject>;
}

/** From this number of files on, rsync is faster in spite of its startup time. */
const MANY_FILES = 1000;
const HASHED_AT_ONCE = 8;
const HASHED_WHOLE_BYTES = 1 << 20;
const RSYNC_3 = /rsync +version v?3\.[1-9]/;

/**
 * Sends the suitable files with rsync, if that is wanted and possible.
 * @returns the files that must still be sent one by one
 * @throws InvalidInputError if rsync was requested but can't be used; CancelledError; the errors of rsyncError
 */
export async function sendByRsync(request: ManyFiles, place: RsyncPlace): Promise<readonly OutgoingFile[]> {
  const { files, log } = request;
  const { transfer } = place;
  const fitting = files.filter(({ file }) => isFitting(file, place));
  const isBrokenOff = ({ file: { path } }: OutgoingFile): boolean =>
    place.leftovers.isOfRsync(posix.join(place.folder, path));
  const wanted = transfer === 'rsync' || fitting.length >= MANY_FILES || fitting.some(isBrokenOff);
  if (fitting.length === 0 || transfer === 'sftp' || !wanted) return files;
  const reason = await obstacle(place);
  if (reason !== undefined) {
    if (transfer === 'auto') {
      log(`Files are sent by SFTP, not by rsync: ${reason}.`);
      return files;
    }
    throw new InvalidInputError(`Files can't be sent by rsync: ${reason}.`, {
      remedy: 'Leave out --transfer rsync.',
      fields: { code: 'no-rsync' },
    });
  }
  log(`${fitting.length} files are sent by rsync.`);
  const left = new Set(files);
  const sending = new RsyncSending(request, place, fitting);
  try {
    await sending.run();
  } catch (error) {
    // After a broken connection, SFTP would hardly do better, unless rsync never sent a file.
    const unusable =
      isStudioError(error) &&
      (error.fields['code'] === 'rsync-unusable' ||
        (error instanceof IoError && error.retryable && !sending.hasSent));
    if (!unusable || transfer !== 'auto') throw error;
    log(`Files are sent by SFTP instead: ${error.message}`);
  }
  for (const file of sending.arrived) left.delete(file);
  return [...left];
}

/** Reports whether rsync can send a file: its bytes and name stay as they are, and SFTP hasn't begun to send it. */
function isFitting(file: DatasetFile, { naming, folder, leftovers }: RsyncPlace): boolean {
  if (file.gzipped !== false && naming === 'unzipped') return false;
  return targetKey(file, naming) === file.path && !leftovers.bySftp.has(posix.join(folder, file.path));
}

/** Returns the reason that rsync can't be used; undefined if it can. */
async function obstacle({ route, folder, runScript }: RsyncPlace): Promise<string | undefined> {
  if (process.platform === 'win32') return 'it does not work on Windows';
  if (!route.isDirect) return 'the host is reached through another host';
  if (route.way.kind === 'secret') {
    return 'it needs an agent or a key without passphrase';
  }
  if (!isPlainForSsh(route.host) || !isPlainForSsh(route.user) || /[*?[\]{}\\~\n]/.test(folder)) {
    return 'the address has characters that mean something else to it';
  }
  const run = promisify(execFile);
  const here = await run('rsync', ['--version']).catch(() => undefined);
  if (here === undefined || !RSYNC_3.test(here.stdout)) return 'this machine has no rsync 3.1 or newer';
  if ((await run('ssh', ['-V']).catch(() => undefined)) === undefined) return 'this machine has no ssh';
  const there = await runScript('command -v rsync >/dev/null && rsync --version').catch(() => undefined);
  if (there === undefined || !RSYNC_3.test(there.stdout)) return 'the host has no rsync 3.1 or newer';
  return undefined;
}

/** One upload with rsync, which may take several runs. */
class RsyncSending {
  readonly arrived = new Set<OutgoingFile>();
  /** The files that haven't arrived, by path. */
  private readonly missing: Map<string, OutgoingFile>;
  private readonly md5s = new Map<OutgoingFile, string>();
  private readonly reported = new Set<OutgoingFile>();

  constructor(
    private readonly request: ManyFiles,
    private readonly place: RsyncPlace,
    files: readonly OutgoingFile[],
  ) {
    this.missing = new Map(files.map((outgoing) => [outgoing.file.path, outgoing]));
  }

  get hasSent(): boolean {
    return this.md5s.size > 0;
  }

  async run(): Promise<void> {
    const { root, retry, signal } = this.request;
    const { route, folder } = this.place;
    await retry(async () => {
      if (this.hasSent) await this.findArrived();
      if (this.missing.size === 0) return;
      await runRsync({
        route,
        from: root,
        to: folder,
        names: this.missing.keys(),
        signal,
        onSent: (names) => this.onSent(names),
      });
      for (const outgoing of this.md5s.keys()) this.confirm(outgoing);
    });
  }

  private async onSent(names: readonly string[]): Promise<void> {
    const files = names.flatMap((name) => this.missing.get(name) ?? []);
    for (let i = 0; i < files.length; i += HASHED_AT_ONCE) {
      await Promise.all(
        files.slice(i, i + HASHED_AT_ONCE).map(async (outgoing) => {
          const { file, before } = outgoing;
          this.md5s.set(outgoing, await hashUnchanged(this.request.root, file, this.place.naming));
          // If a file didn't arrive after all, the next upload finds it missing or with another time.
          if (!looksArrived(file, before)) this.report(outgoing);
        }),
      );
    }
  }

  /** Finds the files that arrived in a run that was interrupted, because some may not have arrived. */
  private async findArrived(): Promise<void> {
    for await (const object of this.place.list((action) => action())) {
      const outgoing = this.missing.get(object.key);
      if (outgoing === undefined || !this.md5s.has(outgoing)) continue;
      const { file, before } = outgoing;
      if (!looksArrived(file, before) && looksArrived(file, object)) this.confirm(outgoing);
    }
  }

  private confirm(outgoing: OutgoingFile): void {
    this.report(outgoing);
    this.arrived.add(outgoing);
    this.missing.delete(outgoing.file.path);
  }

  private report(outgoing: OutgoingFile): void {
    const md5 = this.md5s.get(outgoing);
    if (md5 === undefined || this.reported.has(outgoing)) return;
    this.reported.add(outgoing);
    const { file } = outgoing;
    this.request.onSent(file, { key: file.path, md5, remoteBytes: file.sizeBytes, tag: tagOf(file) });
  }
}

function looksArrived(file: DatasetFile, remote: RemoteObject | undefined): boolean {
  return remote?.sizeBytes === file.sizeBytes && remote.tag === tagOf(file);
}

function tagOf({ modifiedMs }: DatasetFile): string {
  return String(Math.floor(modifiedMs / 1000));
}

/**
 * Computes the checksum of a file that rsync has sent.
 * @throws InvalidInputError if the file has changed since it was listed, so that rsync may have read other bytes
 */
async function hashUnchanged(root: string, file: DatasetFile, naming: TargetNaming): Promise<string> {
  const { md5 } = await openOutgoing(root, file, naming, HASHED_WHOLE_BYTES);
  const now = await stat(join(root, file.path)).catch(() => undefined);
  if (now?.size !== file.sizeBytes || now.mtimeMs !== file.modifiedMs) {
    throw changedWhilePublished(root, file.path);
  }
  return md5;
}
