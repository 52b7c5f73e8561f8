import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileError, isFolder, isMissing } from '../base/file-error';
import { fileOfKey, keysOfFiles } from './folder-files';
import type { WritableStore } from './object-store';

/**
 * Objects as files below `root`. A file is written under `scratch` (on the same file system) and renamed, so
 * that it is there whole or not at all. Durable against the death of the process, not against power loss.
 */
export class LocalFolderStore implements WritableStore {
  readonly root: string;
  private readonly scratch: string;
  private readonly madeFolders = new Set<string>();

  constructor(root: string, scratch: string = root) {
    this.root = resolve(root);
    this.scratch = resolve(scratch);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const path = this.path(key);
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error) || isFolder(error)) return undefined;
      throw fileError('read', path, error);
    }
  }

  async getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined> {
    const path = this.path(key);
    try {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(lengthBytes);
        const { bytesRead } = await file.read(bytes, 0, lengthBytes, offsetBytes);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error) || isFolder(error)) return undefined;
      throw fileError('read', path, error);
    }
  }

  async size(key: string): Promise<number | undefined> {
    const path = this.path(key);
    try {
      const status = await stat(path);
      return status.isFile() ? status.size : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError('look at', path, error);
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
    for await (const key of keysOfFiles(this.root, this.path(folder))) {
      if (key.startsWith(prefix)) yield key;
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.path(key);
    const unfinished = join(this.scratch, `${randomUUID()}.tmp`);
    try {
      await this.makeFolder(dirname(path));
      await this.makeFolder(this.scratch);
      await writeFile(unfinished, bytes);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw fileError('write', path, error);
    }
  }

  /** Begins an object that is written bit by bit; it is there when it is finished. */
  begin(key: string): ObjectWriter {
    return new ObjectWriter(this.path(key), join(this.scratch, `${randomUUID()}.tmp`));
  }

  async delete(key: string): Promise<void> {
    const path = this.path(key);
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw fileError('delete', path, error);
    }
  }

  private path(key: string): string {
    return fileOfKey(this.root, key);
  }

  private async makeFolder(path: string): Promise<void> {
    if (this.madeFolders.has(path)) return;
    await mkdir(path, { recursive: true });
    this.madeFolders.add(path);
  }
}

/**
 * Writes one object, synchronously: for workers, which have nothing else to do meanwhile. It is made with the first
 * bytes. Whoever begins one calls `finish` or `abandon`.
 */
export class ObjectWriter {
  /** Bytes written at the end. */
  lengthBytes = 0;
  private file: number | undefined;

  constructor(
    private readonly path: string,
    private readonly unfinished: string,
  ) {}

  /** Writes at the end. */
  write(bytes: Uint8Array): void {
    this.writeAt(bytes, this.lengthBytes);
    this.lengthBytes += bytes.length;
  }

  /** Writes over what is there. */
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
      closeSync(this.file);
      this.file = undefined;
      mkdirSync(dirname(this.path), { recursive: true });
      renameSync(this.unfinished, this.path);
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  /** Nothing of the object stays. */
  abandon(): void {
    if (this.file === undefined) return;
    closeSync(this.file);
    this.file = undefined;
    rmSync(this.unfinished, { force: true });
  }

  private open(): number {
    mkdirSync(dirname(this.unfinished), { recursive: true });
    return openSync(this.unfinished, 'w');
  }
}
