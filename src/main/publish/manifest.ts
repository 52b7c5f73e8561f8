import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fileError, isMissing } from '../base/file-error';

/** Folder inside a dataset that is none of it. */
const STATE_FOLDER = '.precomputed-studio';

/** What was sent: a file as it was then, and the object that it became. */
export interface SentFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Of the bytes that were sent, hexadecimal. */
  readonly md5: string;
  readonly remoteBytes: number;
  /** The target's, see RemoteObject. */
  readonly tag: string;
}

const rowSchema = z.tuple([z.string(), z.number(), z.number(), z.string(), z.number(), z.string()]);

/**
 * What is known to be at a target, kept inside the dataset's folder (where viewers and uploads don't look):
 * `.precomputed-studio/published-<hash of the target>.jsonl`, the target's address on the first line, then a
 * line an object: [key, size and time of the file, md5, size and tag of the object]. Lines are added while an
 * upload runs, so that one that was killed goes on; a later line stands for an earlier one of the same key. A
 * torn last line counts as absent.
 */
export class PublishManifest {
  private readonly sent = new Map<string, SentFile>();
  private pending = '';
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly target: string,
  ) {}

  static async open(dataset: string, target: string): Promise<PublishManifest> {
    const name = `published-${createHash('sha256').update(target).digest('hex').slice(0, 16)}.jsonl`;
    const manifest = new PublishManifest(join(dataset, STATE_FOLDER, name), target);
    await manifest.load();
    return manifest;
  }

  get(key: string): SentFile | undefined {
    return this.sent.get(key);
  }

  /** Notes what was sent; written with the next {@link flush}. */
  add(file: SentFile): void {
    this.sent.set(file.key, file);
    this.pending += formatRow(file);
  }

  delete(key: string): void {
    this.sent.delete(key);
  }

  /** Writes what was noted. */
  async flush(): Promise<void> {
    this.writing = this.writing.then(async () => {
      const text = this.pending;
      this.pending = '';
      if (text === '') return;
      await appendFile(this.path, text).catch((error: unknown) => {
        throw fileError('write', this.path, error);
      });
    });
    await this.writing;
  }

  /** Writes the whole anew: before an upload, which shows that it can be written, and at its end. */
  async rewrite(): Promise<void> {
    await this.writing;
    this.pending = '';
    const lines = [...this.sent.values()].map(formatRow);
    const unfinished = `${this.path}.tmp`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(unfinished, `${JSON.stringify({ target: this.target })}\n${lines.join('')}`);
      await rename(unfinished, this.path);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw fileError('write', this.path, error);
    }
  }

  private async load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return;
      throw fileError('read', this.path, error);
    }
    const [, ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    for (const line of lines) {
      const file = parseRow(line);
      if (file !== undefined) this.sent.set(file.key, file);
    }
  }
}

function formatRow({ key, sizeBytes, modifiedMs, md5, remoteBytes, tag }: SentFile): string {
  return `${JSON.stringify([key, sizeBytes, modifiedMs, md5, remoteBytes, tag])}\n`;
}

function parseRow(line: string): SentFile | undefined {
  try {
    const [key, sizeBytes, modifiedMs, md5, remoteBytes, tag] = rowSchema.parse(JSON.parse(line));
    return { key, sizeBytes, modifiedMs, md5, remoteBytes, tag };
  } catch {
    return undefined;
  }
}
