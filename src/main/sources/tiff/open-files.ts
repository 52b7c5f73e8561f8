import type { SliceFile, SliceFiles } from '../slices/slice-file';
import { changedSlice } from '../slices/stack-refusal';
import type { SliceRef } from './slice-table';
import { pageName } from './survey';
import { TiffFile } from './tiff-file';
import type { TiffPage } from './tiff-page';

/** The most strips or tiles whose positions are kept in memory, for all pages together: 16 bytes each. */
const MOST_CELLS = 1_000_000;

interface OpenFile {
  readonly file: Promise<SliceFile>;
  uses: number;
}

/** A page that can be read. */
export interface OpenSlice {
  /** Names the page in messages. */
  readonly name: string;
  readonly file: SliceFile;
  readonly page: TiffPage;
  /** The number of bytes to add to the positions of its units. */
  readonly shiftBytes: number;
}

/** The files of a stack. They are opened when they are needed, and the most recently used ones stay open. */
export class OpenFiles {
  /** The least recently used file comes first. */
  private readonly files = new Map<string, OpenFile>();
  private readonly pages = new Map<string, TiffPage>();
  private units = 0;

  /** @param mostFiles how many files stay open, in addition to those in use */
  constructor(
    private readonly sliceFiles: SliceFiles,
    private readonly mostFiles: number,
  ) {}

  /** Runs `work` on a slice. The slice's file stays open until `work` ends. */
  async use<T>(ref: SliceRef, work: (slice: OpenSlice) => Promise<T>): Promise<T> {
    const entry = this.entry(ref);
    entry.uses++;
    try {
      const file = await entry.file;
      const page = await this.page(ref, file);
      return await work({ name: pageName(ref.file, ref.number), file, page, shiftBytes: ref.shiftBytes });
    } finally {
      entry.uses--;
      await this.closeOldest();
    }
  }

  async close(): Promise<void> {
    const entries = [...this.files.values()];
    this.files.clear();
    this.pages.clear();
    this.units = 0;
    await Promise.all(entries.map(closeFile));
    await this.sliceFiles.close();
  }

  private entry(ref: SliceRef): OpenFile {
    const entry = this.files.get(ref.file) ?? { file: this.open(ref), uses: 0 };
    this.files.delete(ref.file);
    this.files.set(ref.file, entry);
    return entry;
  }

  private async open(ref: SliceRef): Promise<SliceFile> {
    const file = await this.sliceFiles.open(ref.file).catch((error: unknown) => {
      this.files.delete(ref.file);
      throw error;
    });
    if (file.sizeBytes === ref.sizeBytes) return file;
    this.files.delete(ref.file);
    await file.close();
    throw changedSlice(ref.file, `had ${ref.sizeBytes} bytes`, String(file.sizeBytes));
  }

  private async page(ref: SliceRef, file: SliceFile): Promise<TiffPage> {
    const key = `${ref.file}\0${ref.directoryOffset}`;
    const page = this.pages.get(key) ?? (await readPage(file, ref));
    if (this.pages.delete(key)) this.units -= page.unitOffsets.length;
    this.pages.set(key, page);
    this.units += page.unitOffsets.length;
    for (const [oldest, { unitOffsets }] of this.pages) {
      if (this.units <= MOST_CELLS || oldest === key) break;
      this.pages.delete(oldest);
      this.units -= unitOffsets.length;
    }
    return page;
  }

  private async closeOldest(): Promise<void> {
    for (const [name, entry] of this.files) {
      if (this.files.size <= this.mostFiles) return;
      if (entry.uses > 0) continue;
      this.files.delete(name);
      await closeFile(entry);
    }
  }
}

async function readPage(file: SliceFile, ref: SliceRef): Promise<TiffPage> {
  const tiff = await TiffFile.of(file);
  return tiff.page(ref.directoryOffset, pageName(ref.file, ref.number));
}

/** Closes a file. An error from opening it is ignored here, because the caller that opened the file received it. */
async function closeFile(entry: OpenFile): Promise<void> {
  const [opened] = await Promise.allSettled([entry.file]);
  if (opened.status === 'fulfilled') await opened.value.close();
}
