import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { countRead } from '../base/bytes-read';
import { fileError, isFolder, isMissing } from '../base/file-error';
import { passPathDoor, passPathDoorSync } from '../base/path-door';
import { readRegularFileSync, readRegularPartSync, type Allocate } from '../base/regular-file';
import { fileOfKey, keysOfFiles } from './folder-files';
import type { FilePlace, ObjectWriter } from './file-place';

/**
 * Stores objects as files below `root`. Each file is written to `scratch` (on the same file system) and then renamed,
 * so that it exists completely or not at all. Finished files survive a crash of the process; sync-files.ts makes them
 * survive a power failure too.
 */
export class LocalFolder implements FilePlace {
  readonly root: string;
  private readonly scratch: string;
  private readonly madeFolders = new Set<string>();

  constructor(root: string, scratch: string = root) {
    this.root = resolve(root);
    this.scratch = resolve(scratch);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve().then(() => this.bytesOf(key, readRegularFileSync));
  }

  getRange(
    key: string,
    offsetBytes: number,
    lengthBytes: number,
    allocate?: Allocate,
  ): Promise<Uint8Array | undefined> {
    return Promise.resolve().then(() =>
      this.bytesOf(key, (path) => readRegularPartSync(path, offsetBytes, lengthBytes, allocate)),
    );
  }

  /** Reads synchronously, as {@link put} writes. */
  private bytesOf(key: string, read: (path: string) => Uint8Array): Uint8Array | undefined {
    const path = this.pathOf(key);
    try {
      const bytes = read(path);
      countRead(bytes.length);
      return bytes;
    } catch (error) {
      if (isMissing(error) || isFolder(error)) return undefined;
      throw fileError('read', path, error);
    }
  }

  size(key: string): Promise<number | undefined> {
    return Promise.resolve().then(() => {
      const path = this.pathOf(key);
      try {
        passPathDoorSync(path);
        const status = statSync(path, { throwIfNoEntry: false });
        return status?.isFile() === true ? status.size : undefined;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw fileError('look at', path, error);
      }
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
    for await (const key of keysOfFiles(this.root, this.pathOf(folder))) {
      if (key.startsWith(prefix)) yield key;
    }
  }

  /** Writes synchronously: workers have nothing else to do, and four asynchronous calls per file take twice as long. */
  put(key: string, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const object = this.begin(key);
      try {
        object.write(bytes);
        object.finish();
      } catch (error) {
        object.abandon();
        throw error;
      }
      resolve();
    });
  }

  begin(key: string): FileWriter {
    const unfinished = join(this.scratch, `${randomUUID()}.tmp`);
    return new FileWriter(this.pathOf(key), unfinished, this.madeFolders);
  }

  async delete(key: string): Promise<void> {
    const path = this.pathOf(key);
    try {
      await passPathDoor(path);
      await rm(path, { force: true });
    } catch (error) {
      throw fileError('delete', path, error);
    }
  }

  pathOf(key: string): string {
    return fileOfKey(this.root, key);
  }
}

class FileWriter implements ObjectWriter {
  lengthBytes = 0;
  private file: number | undefined;

  constructor(
    readonly path: string,
    private readonly unfinished: string,
    /** Folders that are known to exist. */
    private readonly madeFolders: Set<string>,
  ) {}

  write(bytes: Uint8Array): void {
    this.writeAt(bytes, this.lengthBytes);
    this.lengthBytes += bytes.length;
  }

  writeAt(bytes: Uint8Array, offsetBytes: number): void {
    try {
      this.file ??= this.open();
      for (let at = 0; at < bytes.length;) {
        at += writeSync(this.file, bytes, at, bytes.length - at, offsetBytes + at);
      }
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  finish(): void {
    try {
      if (this.file === undefined) this.file = this.open();
      const { file } = this;
      this.file = undefined;
      closeSync(file);
      this.makeFolder(dirname(this.path));
      renameSync(this.unfinished, this.path);
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  abandon(): void {
    try {
      if (this.file !== undefined) closeSync(this.file);
      rmSync(this.unfinished, { force: true });
    } catch {
      // The caller reports why it abandons the file, which matters more than this error.
    }
    this.file = undefined;
  }

  private open(): number {
    this.makeFolder(dirname(this.unfinished));
    return openSync(this.unfinished, 'w');
  }

  private makeFolder(path: string): void {
    if (this.madeFolders.has(path)) return;
    passPathDoorSync(path);
    mkdirSync(path, { recursive: true });
    this.madeFolders.add(path);
  }
}

/**
 * Opens a local folder as a place.
 * @param scratch folder for unfinished files, on the same file system
 */
export function openFolder(root: string, scratch?: string): FilePlace {
  return new LocalFolder(root, scratch);
}
