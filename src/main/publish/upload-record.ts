import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { errorCode, fileError, isMissing } from '../base/file-error';
import { Spool } from '../base/spool';
import { STATE_FOLDER } from '../engine/run/journal';
import { objectOrder } from './dataset-files';

/** Below the folder of a dataset that is none of it; a job's state has other names there. */
const RECORDS = join(STATE_FOLDER, 'uploads');
/** The codes of a dataset that can be read alone. */
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM', 'EEXIST', 'ENOTDIR']);
const LINES_AT_ONCE = 1000;

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
 * What is known to be at a target, kept where viewers and uploads don't look: in the dataset's folder, or where that
 * can't be written in the user's data folder. `<hash of the target>.jsonl`: the target's address on the first line, then
 * a line an object: [key, size and time of the file, md5, size and tag of the object]. Lines are added while an upload
 * runs, so that one that was killed goes on; a later line stands for an earlier one of the same key. A torn last line
 * counts as absent.
 */
export class UploadRecord {
  private pending = '';
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    /** Where it may be, the first one that can be written. */
    private readonly paths: readonly [string, string],
    private path: string,
    private readonly target: string,
  ) {}

  /** @param dataFolder of the user */
  static async open(dataset: string, target: string, dataFolder: string): Promise<UploadRecord> {
    const root = await realpath(dataset);
    const inDataset = join(root, RECORDS, `${shortHash(target)}.jsonl`);
    const inData = join(dataFolder, 'uploads', `${shortHash(`${root}\0${target}`)}.jsonl`);
    const paths = [inDataset, inData] as const;
    const times = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
    const [here = 0, there = 0] = times.map((status) => status?.mtimeMs);
    return new UploadRecord(paths, there > here ? inData : inDataset, target);
  }

  /** What is known, in {@link objectOrder}, once a key. */
  async read(): Promise<Spool<SentFile>> {
    const lines = new Spool<SentFile>(({ key }) => objectOrder(key));
    const known = new Spool<SentFile>(({ key }) => objectOrder(key));
    try {
      const text = createInterface({ input: createReadStream(this.path, 'utf8'), crlfDelay: Infinity });
      for await (const line of text) {
        const file = parseRow(line);
        if (file !== undefined) await lines.add(file);
      }
      let last: SentFile | undefined;
      for await (const file of lines) {
        if (last !== undefined && last.key !== file.key) await known.add(last);
        last = file;
      }
      if (last !== undefined) await known.add(last);
    } catch (error) {
      if (!isMissing(error)) throw fileError('read', this.path, error);
    } finally {
      await lines.close();
    }
    return known;
  }

  /** Replaces what is known: before an upload, which shows that it can be written. */
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

  /** Notes what was sent; written with the next {@link flush}. */
  add(file: SentFile): void {
    this.pending += formatRow(file);
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

  /** Forgets what is known: it is no longer there. */
  async discard(): Promise<void> {
    await rm(this.path, { force: true }).catch((error: unknown) => {
      throw fileError('delete', this.path, error);
    });
  }
}

async function writeWhole(path: string, target: string, known: AsyncIterable<SentFile>): Promise<void> {
  const unfinished = `${path}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(unfinished, 'w');
    try {
      let lines = [`${JSON.stringify({ target })}\n`];
      for await (const sent of known) {
        if (lines.push(formatRow(sent)) < LINES_AT_ONCE) continue;
        await file.writeFile(lines.join(''));
        lines = [];
      }
      await file.writeFile(lines.join(''));
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
