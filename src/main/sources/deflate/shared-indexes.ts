/** The growing indexes of this thread. The main thread creates them, and the threads of a job get their memory. */
import type { FileRef } from '../array/random-bytes';
import type { DeflateIndex } from './deflate-index';
import { GrowingIndex } from './growing-index';
import type { KeptFile } from './kept-bytes';

/** A growing index as it is passed to other threads. */
export interface SharedIndex {
  readonly key: string;
  readonly memory: SharedArrayBuffer;
  readonly rawBytes: number;
}

interface OpenIndex {
  readonly index: GrowingIndex;
  /** The file for unpacked bytes, if there is one. */
  readonly kept: KeptFile | undefined;
}

/** A volume has one file, or a few. The memory for files that were opened before these is freed. */
const MOST_INDEXES = 4;

const known = new Map<string, OpenIndex>();

/** Returns the index of a file's data in this thread, which is begun if there is none. */
export function openIndex(file: FileRef, deflate: DeflateIndex): OpenIndex {
  const key = keyOf(file, deflate);
  const open = known.get(key) ?? { index: GrowingIndex.begin(deflate.rawBytes), kept: undefined };
  adopt(key, open);
  return open;
}

/** Returns the index of a file's data for other threads. */
export function shareIndex(file: FileRef, deflate: DeflateIndex): SharedIndex {
  const { memory, rawBytes } = openIndex(file, deflate).index;
  return { key: keyOf(file, deflate), memory, rawBytes };
}

/** Uses the index of another thread, and the file in which its unpacked bytes are kept. */
export function useIndex({ key, memory, rawBytes }: SharedIndex, kept: KeptFile | undefined): void {
  adopt(key, { index: new GrowingIndex(memory, rawBytes), kept });
}

/** Reports whether the index is complete, so that any number of threads may read at the same time. */
export function isComplete({ memory, rawBytes }: SharedIndex): boolean {
  return new GrowingIndex(memory, rawBytes).isComplete;
}

function keyOf({ path, sizeBytes, modifiedMs }: FileRef, { range }: DeflateIndex): string {
  return JSON.stringify([path, sizeBytes, modifiedMs, range.start]);
}

function adopt(key: string, open: OpenIndex): void {
  known.delete(key);
  known.set(key, open);
  const [oldest] = known.keys();
  if (known.size > MOST_INDEXES && oldest !== undefined) known.delete(oldest);
}
