import { stat, unlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { fileError, isMissing } from '../../base/file-error';
import { march } from '../../base/march';
import { Spool } from '../../base/spool';
import { objectName } from '../../places/compression';
import { keysOfFiles } from '../../places/folder-files';
import { attributesOf, outgoingBytes, outgoingParts, readWhole } from '../../places/outgoing-file';
import { listObjects, removeAll, type OutgoingObject, type PlacedObject } from '../../places/place';
import { Sender } from '../../places/sender';
import { letGo, newOutbox, type Outbox } from './outbox';
import { STATE_FOLDER, type Journal } from './journal';
import type { RemoteOutput } from './remote-output';
import type { WrittenFile } from './written-file';

/**
 * Sends the files of a dataset to another place while they are made in a folder, and deletes the local files that no
 * later stage reads. So the folder stays small, however large the dataset.
 */
export class Delivery {
  /** The state that is shared with workers. */
  readonly outbox: Outbox;
  private readonly sender: Sender;
  /** Keys of the objects that were sent before any task was done. */
  private sentFirst: string[] = [];
  private isBegun = false;

  /**
   * @param remote the place, which the job has claimed
   * @param folder the folder that the dataset is made in
   * @param kept folders of the dataset, with `/`, that later stages read
   */
  constructor(
    private readonly remote: RemoteOutput,
    private readonly folder: string,
    private readonly kept: ReadonlySet<string>,
    signal: AbortSignal,
    firstDelayMs?: number,
  ) {
    this.outbox = newOutbox(kept);
    // The machine may sleep while an object is on its way, and another job may take the place before that is sent again.
    this.sender = new Sender(remote.place, signal, firstDelayMs, () => remote.claim.requireHeld());
  }

  /** Sends files as they are made. Files in the dataset's own folder wait for {@link sendRest}. */
  async send(files: readonly WrittenFile[]): Promise<void> {
    await Promise.all(
      files.map(async ([path, bytes, content]) => {
        const key = this.keyOf(path);
        if (!isSentEarly(key)) return;
        if (content === undefined) await this.sendFile(path, key, bytes);
        else await this.sendBytes(key, content);
        if (!this.isBegun) this.sentFirst.push(objectName(key));
        if (content === undefined && !this.isKept(key)) await deleteFile(path);
      }),
    );
  }

  /** Records that a task is done, so that the objects sent so far are kept if the job fails. */
  taskDone(): void {
    this.isBegun = true;
    this.sentFirst = [];
  }

  /**
   * Sends all files that aren't sent yet, except `info`. Files that later stages have read were sent when they were
   * made.
   */
  async sendRest(): Promise<void> {
    const isWanted = (name: string): boolean => name !== STATE_FOLDER;
    for await (const key of keysOfFiles(this.folder, this.folder, isWanted)) {
      if (this.isKept(key) || objectName(key) === 'info') continue;
      const path = join(this.folder, key);
      await this.sendFile(path, key, (await stat(path)).size);
    }
  }

  /** Sends `info`, which makes the objects a complete dataset. */
  async sendInfo(text: string): Promise<void> {
    await this.remote.claim.check();
    const open = () => Promise.resolve(outgoingBytes(Buffer.from(text), attributesOf('info')));
    await (
      await this.sender.begin(text.length, open)
    ).sent;
  }

  /**
   * Removes the objects of a job that failed before any task was done.
   * @throws InvalidInputError if another job has taken the place, whose objects may have the same names
   */
  async takeBack(): Promise<void> {
    await this.remote.claim.check();
    await removeAll(this.sender.place, this.sentFirst.splice(0));
  }

  /** Leaves the place to other jobs. */
  async release(): Promise<void> {
    await this.remote.claim.release();
  }

  /** Marks finished tasks as not done if their objects are missing or have other sizes. */
  async forgetLost(journal: Journal): Promise<void> {
    const wanted = new Spool<SentByTask>(({ key }) => key);
    const there = new Spool<PlacedObject>(({ key }) => key);
    try {
      for await (const { stage, task, path, bytes } of journal.finishedFiles()) {
        const key = this.keyOf(path);
        if (isSentEarly(key)) await wanted.add({ key: objectName(key), bytes, stage, task });
      }
      if (wanted.length === 0) return;
      for await (const object of listObjects(this.sender.place)) await there.add(object);
      const keyOf = ({ key }: { readonly key: string }) => key;
      const rows = march({ values: wanted, keyOf }, { values: there, keyOf });
      for await (const [files, [object]] of rows) {
        for (const { key, bytes, stage, task } of files) {
          if (object?.sizeBytes === bytes || !journal.isDone(stage, task)) continue;
          journal.lost.push(key);
          await journal.forget(stage, task);
        }
      }
    } finally {
      await wanted.close();
      await there.close();
    }
  }

  private async sendFile(path: string, key: string, sizeBytes: number): Promise<void> {
    const { sent } = await this.sender.begin(sizeBytes, () =>
      openFile(path, key, sizeBytes, this.remote.place.partBytes),
    );
    try {
      await sent;
    } catch (error) {
      if (!isMissing(causeOf(error)) || !(await this.hasArrived(objectName(key), sizeBytes))) throw error;
    }
  }

  /**
   * Reports whether the object is at its place, because another process did the same task, sent the file, and deleted
   * it here.
   */
  private async hasArrived(key: string, sizeBytes: number): Promise<boolean> {
    const last = await this.sender.place.getRange(key, sizeBytes - 1, 2);
    return last?.length === 1;
  }

  private async sendBytes(key: string, { buffer, byteOffset, byteLength }: Uint8Array): Promise<void> {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    const open = () => Promise.resolve(outgoingBytes(bytes, attributesOf(key)));
    const { sent } = await this.sender.begin(byteLength, open);
    await sent;
    letGo(this.outbox, byteLength);
  }

  private isKept(key: string): boolean {
    return this.kept.has(key.slice(0, Math.max(0, key.lastIndexOf('/'))));
  }

  private keyOf(path: string): string {
    return relative(this.folder, path).split(sep).join('/');
  }
}

interface SentByTask {
  readonly key: string;
  readonly bytes: number;
  readonly stage: string;
  readonly task: number;
}

/**
 * Returns the folders of scales that stages read. When a dataset is sent while it is made, these folders stay here
 * until the end.
 */
export function keptFolders(
  { scales }: Pick<VolumeInfo, 'scales'>,
  { readScales }: { readonly readScales: readonly number[] },
): ReadonlySet<string> {
  return new Set(readScales.flatMap((scale) => scales[scale]?.key ?? []));
}

/** Reports whether a file of a finished task, given by its path below the folder, has been sent and deleted here. */
export function isSentOn(key: string, kept: ReadonlySet<string>): boolean {
  return isSentEarly(key) && !kept.has(key.slice(0, key.lastIndexOf('/')));
}

/**
 * Reports whether a file is in a folder below the dataset's own, such as one of a scale or of meshes, and isn't part
 * of the job's state.
 */
function isSentEarly(key: string): boolean {
  return key.includes('/') && !key.startsWith(`${STATE_FOLDER}/`);
}

async function openFile(
  path: string,
  key: string,
  sizeBytes: number,
  wholeBytes: number,
): Promise<OutgoingObject> {
  const file = {
    path,
    sizeBytes,
    changed: () =>
      new InvalidInputError(`${path} was changed by another program before it was sent.`, {
        remedy: 'Let nothing else write to this folder while the job runs.',
        fields: { path },
      }),
  };
  if (sizeBytes > wholeBytes) return outgoingParts(file, attributesOf(key));
  return outgoingBytes(await readWhole(file), attributesOf(key));
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

async function deleteFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (isMissing(error)) return;
    throw fileError('delete', path, error);
  });
}
