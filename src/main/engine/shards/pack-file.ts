/**
 * A pack: the chunks of one scale that one task has made, kept until their shards are written.
 *
 *     chunks   one after another, in the order of arrival, stored as in the shard
 *     index    uint64 [n, 3]: key, offset of the chunk in the pack, its length; sorted by key
 *     end      uint64 [3]: offset of the index, n, {@link MAGIC}
 *
 * All numbers are little-endian.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { fileError, isMissing } from '../../base/file-error';

/** "PPSPACK1" */
const MAGIC = 0x314b434150535050n;
const ROW_BYTES = 24;
const END_BYTES = 24;

/** A pack that is being written. It is passed to workers, which all write to it. */
export interface OpenPack {
  /** The unfinished file. */
  readonly path: string;
  /** The end of the file as one BigInt64. */
  readonly end: SharedArrayBuffer;
}

/** A chunk and its place in a pack. */
export interface PackedChunk {
  readonly key: bigint;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Writes a chunk at the end of a pack, from any thread. */
export function addToPack({ path, end }: OpenPack, key: bigint, bytes: Uint8Array): PackedChunk {
  const offsetBytes = Number(Atomics.add(new BigInt64Array(end), 0, BigInt(bytes.length)));
  try {
    const file = openSync(path, 'r+');
    try {
      for (let at = 0; at < bytes.length;) {
        at += writeSync(file, bytes, at, bytes.length - at, offsetBytes + at);
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError('write', path, error);
  }
  return { key, offsetBytes, lengthBytes: bytes.length };
}

/** Writes one pack, completely or not at all. The owner calls `finish` or `abandon`. */
export class PackWriter {
  private readonly chunks: PackedChunk[] = [];

  private constructor(
    private readonly path: string,
    readonly pack: OpenPack,
  ) {}

  /** @param scratch a folder for the unfinished file, on the same file system as `path` */
  static async begin(path: string, scratch: string): Promise<PackWriter> {
    const unfinished = join(scratch, `${randomUUID()}.tmp`);
    try {
      await mkdir(scratch, { recursive: true });
      await (await open(unfinished, 'w')).close();
    } catch (error) {
      throw fileError('write', unfinished, error);
    }
    return new PackWriter(path, { path: unfinished, end: new SharedArrayBuffer(8) });
  }

  /** Records chunks that {@link addToPack} has written. */
  note(chunks: readonly PackedChunk[]): void {
    for (const chunk of chunks) this.chunks.push(chunk);
  }

  async finish(): Promise<void> {
    const { path, chunks, pack } = this;
    const [indexStart = 0n] = new BigInt64Array(pack.end);
    try {
      const file = await open(pack.path, 'r+');
      try {
        const bytes = encodeIndex(chunks, indexStart);
        await file.write(bytes, 0, bytes.length, Number(indexStart));
      } finally {
        await file.close();
      }
      await mkdir(dirname(path), { recursive: true });
      await rename(pack.path, path);
    } catch (error) {
      throw fileError('write', path, error);
    }
  }

  async abandon(): Promise<void> {
    await rm(this.pack.path, { force: true }).catch(() => undefined);
  }
}

function encodeIndex(chunks: readonly PackedChunk[], indexStart: bigint): Uint8Array {
  const rows = [...chunks]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .flatMap(({ key, offsetBytes, lengthBytes }) => [key, BigInt(offsetBytes), BigInt(lengthBytes)]);
  return new Uint8Array(BigUint64Array.from([...rows, indexStart, BigInt(chunks.length), MAGIC]).buffer);
}

/** A finished pack. It is read synchronously, since workers use it. The owner closes it. */
export class PackReader {
  private constructor(
    private readonly path: string,
    private readonly file: number,
    private readonly indexStart: number,
    private readonly count: number,
  ) {}

  /** Opens a pack; returns undefined if it doesn't exist or is incomplete. */
  static open(path: string): PackReader | undefined {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw fileError('read', path, error);
    }
    const size = fstatSync(file).size;
    const end = new BigUint64Array(END_BYTES / 8);
    const isEndRead = size >= END_BYTES && readInto(path, file, end, size - END_BYTES);
    const [indexStart, count] = [Number(end[0]), Number(end[1])];
    const isWhole = isEndRead && end[2] === MAGIC && indexStart + ROW_BYTES * count + END_BYTES === size;
    if (isWhole) return new PackReader(path, file, indexStart, count);
    closeSync(file);
    return undefined;
  }

  /** Returns the chunks with firstKey ≤ key < endKey, sorted by key. */
  chunksOf(firstKey: bigint, endKey: bigint): PackedChunk[] {
    const { count } = this;
    const index = new BigUint64Array(3 * count);
    this.read(index, this.indexStart);
    const chunks: PackedChunk[] = [];
    for (let row = firstRow(index, count, firstKey); row < count; row++) {
      const [key = 0n, offset = 0n, length = 0n] = index.subarray(3 * row, 3 * row + 3);
      if (key >= endKey) break;
      chunks.push({ key, offsetBytes: Number(offset), lengthBytes: Number(length) });
    }
    return chunks;
  }

  /**
   * Fills `target` from `offsetBytes`.
   * @throws InvalidInputError if the pack ends too early
   */
  read(target: Uint8Array | BigUint64Array, offsetBytes: number): void {
    if (readInto(this.path, this.file, target, offsetBytes)) return;
    throw new InvalidInputError(`${this.path} ends too early.`, { fields: { path: this.path } });
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Fills `target` from a file; returns false if the file ends too early. */
function readInto(
  path: string,
  file: number,
  target: Uint8Array | BigUint64Array,
  offsetBytes: number,
): boolean {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  try {
    for (let at = 0; at < bytes.length;) {
      const got = readSync(file, bytes, at, bytes.length - at, offsetBytes + at);
      if (got === 0) return false;
      at += got;
    }
    return true;
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Returns the first row whose key is at least `key`. */
function firstRow(index: BigUint64Array, count: number, key: bigint): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index[3 * middle] ?? 0n) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
