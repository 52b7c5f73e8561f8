import { fstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../../base/file-error';
import { openRegularFile } from '../../base/regular-file';
import { readFully } from '../array/random-bytes';
import { AddressFiles, type AddressRef } from './address-files';
import { ArchiveFiles, type ArchiveRef } from './archive-files';
import type { SliceFile, SliceFiles } from './slice-file';

/** Refers to the files of a stack. It can be written as JSON. */
export type SliceFilesRef = { readonly kind: 'folder'; readonly path: string } | ArchiveRef | AddressRef;

export function openSliceFiles(ref: SliceFilesRef): SliceFiles {
  if (ref.kind === 'address') return new AddressFiles(ref.place);
  return ref.kind === 'folder' ? new FolderFiles(ref.path) : new ArchiveFiles(ref);
}

class FolderFiles implements SliceFiles {
  constructor(private readonly folder: string) {}

  async open(name: string): Promise<SliceFile> {
    const path = join(this.folder, name);
    let handle: FileHandle | undefined;
    try {
      handle = await openRegularFile(path);
      const { size, mtimeMs } = fstatSync(handle.fd);
      return new OpenedFile(name, size, mtimeMs, handle);
    } catch (error) {
      await handle?.close();
      throw fileError('read', path, error);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class OpenedFile implements SliceFile {
  constructor(
    readonly name: string,
    readonly sizeBytes: number,
    readonly modifiedMs: number,
    private readonly handle: FileHandle,
  ) {}

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    try {
      await readFully(this.handle, offsetBytes, into, this.name);
    } catch (error) {
      throw fileError('read', this.name, error);
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
