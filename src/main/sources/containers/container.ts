import { opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError, isMissing } from '../../base/file-error';
import { passPathDoor } from '../../base/path-door';
import { freshMemory, type Allocate } from '../../base/regular-file';
import { LocalFolder } from '../../places/local-folder';
import { folderFingerprint } from './folder-fingerprint';
import { FileBytes, lookAtFile, type FileRef } from '../array/random-bytes';
import type { PathProbe } from '../source-opener';
import { entryOffset, readZipDirectory, type ZipEntry } from '../zip/zip-directory';

/** Files in a folder or in an archive. Their keys are paths with `/`. */
export interface Container {
  /** Returns the location of a key for messages: its path, or the archive and the entry. */
  place(key: string): string;
  get(key: string): Promise<Uint8Array | undefined>;
  /**
   * Returns the bytes of a range, fewer if the file ends before, or undefined if there is no file.
   * @param allocate gives the memory for them, which is not used for compressed entries of an archive
   */
  getRange(
    key: string,
    offsetBytes: number,
    lengthBytes: number,
    allocate?: Allocate,
  ): Promise<Uint8Array | undefined>;
  size(key: string): Promise<number | undefined>;
  /** Returns the names of the folders directly below a key, sorted by code units. */
  folders(key: string): Promise<string[]>;
  /** Returns the names of the files directly below a key, at most {@link MOST_NAMES} of them. */
  files(key: string): Promise<string[]>;
  /**
   * Returns a text that changes when files below a key may have changed. It is empty if the container's reference
   * changes then.
   */
  fingerprint(key: string): Promise<string>;
  close(): Promise<void>;
}

/** This many names are enough to recognise what a folder holds. */
const MOST_NAMES = 10_000;

/** A reference to a container, as JSON. */
export type ContainerRef =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'zip'; readonly file: FileRef };

/** Returns the reference to the folder or the archive of a probe. */
export async function containerRef({ path, names }: PathProbe): Promise<ContainerRef> {
  return names === undefined ? { kind: 'zip', file: await lookAtFile(path) } : { kind: 'folder', path };
}

/**
 * Opens a container and passes it to `make`. The result of `make` must close the container in the end; if `make` fails,
 * the container is closed here.
 */
export async function openContainer<T>(
  ref: ContainerRef,
  make: (container: Container) => Promise<T>,
): Promise<T> {
  const container =
    ref.kind === 'folder'
      ? new FolderContainer(ref.path)
      : new ZipContainer(ref.file, await readZipDirectory(ref.file));
  try {
    return await make(container);
  } catch (error) {
    await container.close();
    throw error;
  }
}

class FolderContainer extends LocalFolder implements Container {
  place(key: string): string {
    return join(this.root, key);
  }

  async folders(key: string): Promise<string[]> {
    const path = join(this.root, key);
    try {
      await passPathDoor(path);
      const entries = await readdir(path, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw fileError('list', path, error);
    }
  }

  async files(key: string): Promise<string[]> {
    const path = join(this.root, key);
    const names: string[] = [];
    try {
      for await (const entry of await opendir(path)) {
        if (!entry.isDirectory()) names.push(entry.name);
        if (names.length === MOST_NAMES) break;
      }
    } catch (error) {
      if (!isMissing(error)) throw fileError('list', path, error);
    }
    return names;
  }

  fingerprint(key: string): Promise<string> {
    return folderFingerprint(join(this.root, key));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A zip archive. A compressed entry is unpacked as a whole; ranges of an uncompressed entry are read directly. */
class ZipContainer implements Container {
  private readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly bytes: FileBytes;

  constructor(
    private readonly file: FileRef,
    entries: readonly ZipEntry[],
  ) {
    this.entries = new Map(entries.map((entry) => [entry.name.replace(/^\/+/, ''), entry]));
    this.bytes = new FileBytes(file);
  }

  place(key: string): string {
    return key === '' ? this.file.path : `${this.file.path}, ${key}`;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const packed = new Uint8Array(entry.packedBytes);
    await this.bytes.read(await entryOffset(this.bytes, entry), packed);
    const content = entry.method === 'stored' ? packed : this.unpack(key, packed, entry.rawBytes);
    if (crc32(content) !== entry.crc) throw this.damaged(key);
    return content;
  }

  async getRange(
    key: string,
    offsetBytes: number,
    lengthBytes: number,
    allocate = freshMemory,
  ): Promise<Uint8Array | undefined> {
    const entry = this.entries.get(key);
    if (entry?.method !== 'stored')
      return (await this.get(key))?.subarray(offsetBytes, offsetBytes + lengthBytes);
    const length = Math.max(0, Math.min(lengthBytes, entry.rawBytes - offsetBytes));
    const part = allocate(length);
    await this.bytes.read((await entryOffset(this.bytes, entry)) + offsetBytes, part);
    return part;
  }

  size(key: string): Promise<number | undefined> {
    return Promise.resolve(this.entries.get(key)?.rawBytes);
  }

  folders(key: string): Promise<string[]> {
    const prefix = key === '' ? '' : `${key}/`;
    const names = new Set<string>();
    for (const name of this.entries.keys()) {
      const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
      const end = rest.indexOf('/');
      if (end > 0) names.add(rest.slice(0, end));
    }
    return Promise.resolve([...names].sort());
  }

  files(key: string): Promise<string[]> {
    const prefix = key === '' ? '' : `${key}/`;
    const names = [...this.entries.keys()].flatMap((name) =>
      name.startsWith(prefix) && !name.slice(prefix.length).includes('/') ? [name.slice(prefix.length)] : [],
    );
    return Promise.resolve(names.slice(0, MOST_NAMES));
  }

  fingerprint(): Promise<string> {
    return Promise.resolve('');
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  private unpack(key: string, packed: Uint8Array, rawBytes: number): Uint8Array {
    try {
      return inflateRawSync(packed, { maxOutputLength: Math.max(1, rawBytes) });
    } catch (cause) {
      throw this.damaged(key, cause);
    }
  }

  private damaged(key: string, cause?: unknown): InvalidInputError {
    return new InvalidInputError(`${this.file.path}: the entry ${key} is damaged.`, {
      remedy: 'The file is damaged: copy it again from the original.',
      cause,
    });
  }
}

/** A fill value too large for JavaScript's numbers to be exact, alone or in a list of one. */
const LARGE_FILL = /("(?:_FillValue|missing_value|fill_value)"\s*:\s*\[?\s*)(-?\d{16,20})(?=\s*[\],}])/g;

/**
 * Returns the parsed JSON of a file, or undefined if there is no file. Fill values of 16 digits or more are text with their
 * exact digits.
 * @throws InvalidInputError if it isn't JSON
 */
export async function getJson(container: Container, key: string): Promise<unknown> {
  const bytes = await container.get(key);
  if (bytes === undefined) return undefined;
  try {
    // Python writes NaN and Infinity as fill values, although they aren't valid JSON.
    const text = new TextDecoder().decode(bytes).replace(/:\s*(-?Infinity|NaN)\b/g, ': "$1"');
    return JSON.parse(text.replace(LARGE_FILL, '$1"$2"'));
  } catch (error) {
    throw new InvalidInputError(
      `${container.place(key)} isn't JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
