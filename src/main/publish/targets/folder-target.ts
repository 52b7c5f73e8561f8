import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CancelledError, InvalidInputError } from '../../../shared/base/errors';
import { fileError, isMissing } from '../../base/file-error';
import { fileOfKey, keysOfFiles } from '../../places/folder-files';
import { runLocalScript, type HostTarget } from '../host-command';
import type { OutgoingObject, RemoteObject, RunWithRetries } from '../../places/remote-place';
import type { TargetNaming } from '../target-naming';

/** Name of a file that isn't whole yet: hidden, so that no web server shows it and no listing counts it. */
export function partialName(name: string): string {
  return `.${name}.precomputed-studio-part`;
}

const STATS_AT_ONCE = 64;

export interface FolderTargetOptions {
  readonly folder: string;
  readonly naming: TargetNaming;
  /** Where a web server shows the folder. */
  readonly publicUrl: string | undefined;
}

/** A folder of this machine that a web server serves. Files are written under another name, then renamed. */
export class FolderTarget implements HostTarget {
  readonly id: string;
  readonly naming: TargetNaming;
  readonly publicUrl: string | undefined;
  readonly parallel = { start: 8, most: 16 };
  readonly partBytes = 8 << 20;
  readonly runScript = runLocalScript;
  private readonly folder: string;
  private readonly made = new Set<string>();

  constructor({ folder, naming, publicUrl }: FolderTargetOptions) {
    this.folder = resolve(folder);
    this.id = `file:${this.folder}`;
    this.naming = naming;
    this.publicUrl = publicUrl;
  }

  async prepare(): Promise<void> {
    const status = await stat(this.folder).catch((error: unknown) => {
      if (!isMissing(error)) throw fileError('look at', this.folder, error);
      return undefined;
    });
    if (status?.isDirectory() === false) {
      throw new InvalidInputError(`${this.folder} is a file, not a folder.`, { remedy: 'Choose a folder.' });
    }
  }

  async *list(): AsyncIterable<RemoteObject> {
    let batch: Promise<RemoteObject>[] = [];
    for await (const key of keysOfFiles(this.folder, this.folder, (name) => !name.startsWith('.'))) {
      if (batch.push(this.look(key)) < STATS_AT_ONCE) continue;
      yield* await Promise.all(batch);
      batch = [];
    }
    yield* await Promise.all(batch);
  }

  private async look(key: string): Promise<RemoteObject> {
    const { size, mtimeMs } = await stat(fileOfKey(this.folder, key));
    return { key, sizeBytes: size, tag: String(Math.floor(mtimeMs / 1000)) };
  }

  async put(object: OutgoingObject, retry: RunWithRetries, signal: AbortSignal): Promise<string> {
    return retry(() => this.write(object, signal));
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const path = fileOfKey(this.folder, key);
      await rm(path, { force: true }).catch((error: unknown) => {
        throw fileError('delete', path, error);
      });
    }
  }

  async holds(remote: RemoteObject, object: OutgoingObject): Promise<boolean> {
    if (remote.sizeBytes !== object.sizeBytes) return false;
    const path = fileOfKey(this.folder, remote.key);
    const hash = createHash('md5');
    try {
      const file = await open(path);
      for await (const part of file.createReadStream() as AsyncIterable<Buffer>) hash.update(part);
    } catch (error) {
      throw fileError('read', path, error);
    }
    return hash.digest('hex') === object.md5;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async write(object: OutgoingObject, signal: AbortSignal): Promise<string> {
    const path = fileOfKey(this.folder, object.key);
    const unfinished = join(dirname(path), partialName(basename(path)));
    try {
      if (!this.made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
      this.made.add(dirname(path));
      const file = await open(unfinished, 'w');
      try {
        for (let offset = 0; offset < object.sizeBytes; offset += this.partBytes) {
          if (signal.aborted) throw new CancelledError();
          await file.writeFile(await object.read(offset, this.partBytes));
        }
      } finally {
        await file.close();
      }
      const modified = new Date(object.modifiedMs);
      await utimes(unfinished, modified, modified);
      await rename(unfinished, path);
      return String(Math.floor(object.modifiedMs / 1000));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw fileError('write', path, error);
    }
  }
}
