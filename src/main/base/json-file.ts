import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { parseJson } from '../../shared/base/parse-json';
import { fileError, isMissing } from './file-error';

/**
 * A JSON file with a schema. It is written completely or not at all, one write after the other. Only its user
 * reads it, as it may hold secrets.
 */
export class JsonFile<T> {
  private pending: Promise<void> = Promise.resolve();

  constructor(
    readonly path: string,
    private readonly schema: z.ZodType<T>,
  ) {}

  /** Returns the content; undefined if there is no file, 'damaged' if it can't be parsed. */
  async read(): Promise<T | 'damaged' | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError('read', this.path, error);
    }
    const parsed = this.schema.safeParse(parseJson(text));
    return parsed.success ? parsed.data : 'damaged';
  }

  /**
   * Returns the content, or undefined if there is no file.
   * @param setAside called with the new path of a damaged file, which is renamed
   */
  async load(setAside: (movedTo: string) => void): Promise<T | undefined> {
    const found = await this.read();
    if (found !== 'damaged') return found;
    const movedTo = `${this.path}.broken-${Date.now()}`;
    await rename(this.path, movedTo);
    setAside(movedTo);
    return undefined;
  }

  async save(value: T): Promise<void> {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    this.pending = this.pending.catch(() => undefined).then(() => this.write(text));
    return this.pending;
  }

  private async write(text: string): Promise<void> {
    const scratch = `${this.path}.new`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(scratch, text, { mode: 0o600 });
      await rename(scratch, this.path);
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }
}
