import type { Stats } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import nodePath, { dirname } from 'node:path';
import { CancelledError, InvalidInputError } from '../../shared/base/errors';
import { inBatches } from '../base/batches';
import { fileError, isMissing } from '../base/file-error';
import { keysOfFiles } from './folder-files';
import { LocalFolder } from './local-folder';
import { PartialFiles } from './partial-files';
import type { ListPage, ObjectHead, OutgoingObject, Place, PlacedObject } from './place';

const STATS_AT_ONCE = 64;

/**
 * A local folder that is treated like a remote place, because a web server serves it or its disk is on a network.
 * Hidden files don't count as objects. Each file is written under a hidden name, then renamed.
 */
export class FolderPlace implements Place {
  readonly id: string;
  readonly parallel = { start: 8, most: 16 };
  readonly partBytes = 8 << 20;
  private readonly files: LocalFolder;
  private readonly made = new Set<string>();
  private partial = new PartialFiles(nodePath);

  constructor(folder: string) {
    this.files = new LocalFolder(folder);
    this.id = `file:${this.files.root}`;
  }

  async prepare(): Promise<void> {
    const { root } = this.files;
    const status = await stat(root).catch((error: unknown) => {
      if (!isMissing(error)) throw fileError('look at', root, error);
      return undefined;
    });
    if (status?.isDirectory() === false) {
      throw new InvalidInputError(`${root} is a file, not a folder.`, { remedy: 'Choose a folder.' });
    }
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.files.get(key);
  }

  getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    return this.files.getRange(key, offsetBytes, lengthBytes);
  }

  async head(key: string, lengthBytes: number): Promise<ObjectHead | undefined> {
    const bytes = await this.files.getRange(key, 0, lengthBytes);
    if (bytes === undefined) return undefined;
    const status = await this.status(key);
    return status && { bytes, sizeBytes: status.size, modifiedMs: status.mtimeMs };
  }

  list(prefix: string): Promise<ListPage> {
    this.partial = new PartialFiles(nodePath);
    const folder = this.files.pathOf(prefix.slice(0, Math.max(0, prefix.lastIndexOf('/'))));
    const isWanted = (name: string, at: string): boolean => {
      if (!name.startsWith('.')) return true;
      this.partial.note(at, name);
      return false;
    };
    const batches = inBatches(keysOfFiles(this.files.root, folder, isWanted), STATS_AT_ONCE);
    let reading: Promise<IteratorResult<string[], void>> | undefined;
    const next = async (): Promise<ListPage> => {
      // A walk that failed has ended: another call fails as well, instead of finding the end.
      const { done, value } = await (reading ??= batches.next());
      if (done === true) return { objects: [] };
      const objects = await this.look(value.filter((key) => key.startsWith(prefix)));
      reading = undefined;
      return { objects, next, close: async () => void (await batches.return(undefined)) };
    };
    return next();
  }

  /** Undefined where there is no file. */
  private async status(key: string): Promise<Stats | undefined> {
    const path = this.files.pathOf(key);
    return stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw fileError('look at', path, error);
    });
  }

  /** The objects that exist. Some may have been deleted while their folder was listed. */
  private async look(keys: readonly string[]): Promise<PlacedObject[]> {
    const found = await Promise.all(
      keys.map(async (key) => {
        const status = await this.status(key);
        if (status === undefined) return [];
        return [{ key, sizeBytes: status.size, tag: String(Math.floor(status.mtimeMs / 1000)) }];
      }),
    );
    return found.flat();
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.files.delete(key);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async put(object: OutgoingObject, signal: AbortSignal): Promise<string> {
    const path = this.files.pathOf(object.key);
    const unfinished = this.partial.nameOf(path);
    try {
      if (!this.made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
      this.made.add(dirname(path));
      for (const left of this.partial.take(path)) await rm(left, { force: true });
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
