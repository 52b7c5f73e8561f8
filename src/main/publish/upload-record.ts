import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { byKey, inBatches } from '../base/batches';
import { errorCode, fileError, isMissing } from '../base/file-error';
import { Spool } from '../base/spool';
import { STATE_FOLDER } from '../engine/run/journal';
import { objectOrder } from './dataset-files';
import type { PublishTarget } from './publish-target';

/** Folder of the records, in the dataset's state folder, where the state of jobs has other names. */
const RECORDS = join(STATE_FOLDER, 'uploads');
/** Error codes of datasets that can only be read. */
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM', 'EEXIST', 'ENOTDIR']);
const LINES_AT_ONCE = 1000;

/** A file as it was when it was sent, and the object that it became. */
export interface SentFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** MD5 of the bytes that were sent, hexadecimal. */
  readonly md5: string;
  readonly remoteBytes: number;
  /** Tag of the object at the target, see PlacedObject. */
  readonly tag: string;
}

const rowSchema = z.tuple([z.string(), z.number(), z.number(), z.string(), z.number(), z.string()]);

/**
 * The record of the objects that were sent to a target. It is the file `<hash of the target>.jsonl` in the dataset's
 * state folder, where viewers and uploads don't look, or in the user's data folder if the dataset can't be written. The
 * first line has the target's address. Each further line describes an object: [key, size and time of the file, md5,
 * size and tag of the object]. Lines are added while an upload runs, so that an upload that was killed can continue. A
 * later line replaces earlier ones with the same key. An incomplete last line is ignored.
 */
export class UploadRecord {
  private pending = '';
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    /** The possible paths of the record; the first one that can be written is used. */
    private readonly paths: readonly [string, string],
    private path: string,
    private readonly target: string,
  ) {}

  /**
   * True if the entries were recorded under an earlier id of the target, which did not say on which server they are: they
   * may be at another one.
   */
  get isOfUnknownServer(): boolean {
    return !this.paths.includes(this.path);
  }

  /**
   * Opens the record of a dataset at a target. One under the target's earlier id is read if there is none under its own,
   * and is left as it is.
   *
   * @param dataFolder the user's data folder
   */
  static async open(
    dataset: string,
    { id, earlierId }: Pick<PublishTarget, 'id' | 'earlierId'>,
    dataFolder: string,
  ): Promise<UploadRecord> {
    const root = await realpath(dataset);
    const pathsOf = (target: string) =>
      [
        join(root, RECORDS, `${shortHash(target)}.jsonl`),
        join(dataFolder, 'uploads', `${shortHash(`${root}\0${target}`)}.jsonl`),
      ] as const;
    const paths = pathsOf(id);
    const earlier = earlierId === undefined ? undefined : pathsOf(earlierId);
    const path = (await newestOf(paths)) ?? (earlier && (await newestOf(earlier))) ?? paths[0];
    return new UploadRecord(paths, path, id);
  }

  /** Returns the latest entry for each key, in {@link objectOrder}. */
  async read(): Promise<Spool<SentFile>> {
    const lines = new Spool<SentFile>(({ key }) => objectOrder(key));
    const known = new Spool<SentFile>(({ key }) => objectOrder(key));
    try {
      const text = createInterface({ input: createReadStream(this.path, 'utf8'), crlfDelay: Infinity });
      for await (const line of text) {
        const file = parseRow(line);
        if (file !== undefined) await lines.add(file);
      }
      for await (const entries of byKey(lines, ({ key }) => key)) {
        await known.add(entries.at(-1) ?? entries[0]);
      }
    } catch (error) {
      if (!isMissing(error)) throw fileError('read', this.path, error);
    } finally {
      await lines.close();
    }
    return known;
  }

  /** Replaces all entries. This happens before an upload, so that a record that can't be written is noticed early. */
  async rewrite(known: AsyncIterable<SentFile>): Promise<void> {
    for (const path of this.paths) {
      try {
        await writeWhole(path, this.target, known);
        this.path = path;
        return;
      } catch (error) {
        if (path === this.paths[1] || !READ_ONLY.has(errorCode(error) ?? ''))
          throw fileError('write', path, error);
      }
    }
  }

  /** Adds an entry, which is written by the next {@link flush}. */
  add(file: SentFile): void {
    this.pending += formatRow(file);
  }

  /** Writes the added entries. */
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

  /** Empties the record, once the objects are no longer at the target. */
  async discard(): Promise<void> {
    // It isn't deleted: an older record may be in a folder that can only be read now, and would stand for it.
    await this.rewrite(new Spool<SentFile>());
  }
}

/** Returns the file that was written last; undefined if there is none. */
async function newestOf(paths: readonly string[]): Promise<string | undefined> {
  const times = await Promise.all(
    paths.map(async (path) => ({ path, ms: (await stat(path).catch(() => undefined))?.mtimeMs ?? -1 })),
  );
  return times.filter(({ ms }) => ms >= 0).sort((a, b) => b.ms - a.ms)[0]?.path;
}

async function writeWhole(path: string, target: string, known: AsyncIterable<SentFile>): Promise<void> {
  const unfinished = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(`${JSON.stringify({ target })}\n`);
      for await (const batch of inBatches(known, LINES_AT_ONCE)) {
        await file.writeFile(batch.map(formatRow).join(''));
      }
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
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
