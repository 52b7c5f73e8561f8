/**
 * The entry point of the thread that runs the HDF5 library. Filters run only here, because damaged data may make them
 * run forever, and a thread can be stopped.
 */
import { parentPort } from 'node:worker_threads';
import { serializeError } from '../../../shared/base/errors';
import type { ThreadAnswer } from '../../base/watched-thread';
import { changed, checkUnchanged, isSameFile, type FileRef } from '../array/random-bytes';
import { OpenHdf5 } from './open-hdf5';
import type { Hdf5Question } from './hdf5-questions';

interface OpenFile {
  readonly file: OpenHdf5;
  /** The file as it was when the library opened it. */
  readonly ref: FileRef;
}

/** The files that are kept open by their paths, the most recently used one last. */
const files = new Map<string, OpenFile>();
const MOST_OPEN = 4;

/** Whether the library has kept a file open that it should have closed. */
let isSpent = false;

function close(path: string): void {
  const known = files.get(path);
  files.delete(path);
  if (known?.file.close() === false) isSpent = true;
}

/** @throws InvalidInputError if the file has changed since `ref` was made, or is damaged */
async function opened(ref: FileRef): Promise<OpenHdf5> {
  const { path } = ref;
  const before = files.get(path);
  // The library doesn't notice that a file has been replaced.
  if (before !== undefined && !isSameFile(before.ref, ref)) close(path);
  if (isSpent) throw changed(path);
  const known = files.get(path) ?? (await open(ref));
  files.delete(path);
  files.set(path, known);
  for (const oldest of files.keys()) {
    if (files.size <= MOST_OPEN) break;
    close(oldest);
  }
  return known.file;
}

async function open(ref: FileRef): Promise<OpenFile> {
  await checkUnchanged(ref);
  return { file: await OpenHdf5.open(ref.path), ref };
}

async function resultOf(question: Hdf5Question): Promise<unknown> {
  if (question.ask === 'close') return close(question.file.path);
  const file = await opened(question.file);
  switch (question.ask) {
    case 'list':
      return file.list();
    case 'describe':
      return file.describe(question.dataset);
    case 'attributes':
      return file.attributes(question.group);
    case 'read':
      return file.read(question.dataset, question.ranges);
  }
}

async function answer(question: Hdf5Question): Promise<void> {
  const port = parentPort;
  try {
    const result = await resultOf(question);
    const isWhole = ArrayBuffer.isView(result) && result.byteLength === result.buffer.byteLength;
    const transfer = isWhole && result.buffer instanceof ArrayBuffer ? [result.buffer] : [];
    port?.postMessage({ result, isLast: isSpent } satisfies ThreadAnswer, transfer);
  } catch (error) {
    port?.postMessage({ error: serializeError(error), isLast: isSpent } satisfies ThreadAnswer);
  }
}

parentPort?.on('message', (question: Hdf5Question) => void answer(question));
