import { z } from 'zod';
import { datasetNoteSchema, type DatasetNote } from '../../shared/api/contract-types';
import type { JsonFile } from '../base/json-file';

export const datasetNotesSchema = z.record(z.string(), datasetNoteSchema);

/** The users' notes on datasets, by their folders. The datasets themselves aren't changed. */
export class DatasetNotes {
  private notes: Readonly<Record<string, DatasetNote>> = {};

  constructor(private readonly file: JsonFile<Record<string, DatasetNote>>) {}

  async load(setAside: (movedTo: string) => void): Promise<void> {
    this.notes = (await this.file.load(setAside)) ?? {};
  }

  of(path: string): DatasetNote {
    return this.notes[path] ?? { tags: [], description: '' };
  }

  async set(path: string, note: DatasetNote): Promise<void> {
    await this.keep({ ...this.notes, [path]: note });
  }

  /** Moves the note of a dataset whose folder has changed. */
  async move(from: string, to: string): Promise<void> {
    const { [from]: note, ...others } = this.notes;
    if (note !== undefined) await this.keep({ ...others, [to]: note });
  }

  private async keep(notes: Record<string, DatasetNote>): Promise<void> {
    this.notes = notes;
    await this.file.save(notes);
  }
}
