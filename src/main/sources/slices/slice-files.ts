import { join } from 'node:path';
import { fileError } from '../../base/file-error';
import { openRegularFile, type RegularFile } from '../../base/regular-file';
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
    try {
      return new OpenedFile(name, await openRegularFile(path));
    } catch (error) {
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
    private readonly file: RegularFile,
  ) {}

  get sizeBytes(): number {
    return this.file.sizeBytes;
  }

  get modifiedMs(): number {
    return this.file.modifiedMs;
  }

  async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    try {
      await readFully(this.file, offsetBytes, into, this.name);
    } catch (error) {
      throw fileError('read', this.name, error);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
