/**
 * The entry point of the thread that runs the HDF5 library. Filters run only here, because damaged data may make them
 * run forever, and a thread can be stopped.
 */
import { parentPort } from 'node:worker_threads';
import { serializeError } from '../../../shared/base/errors';
import type { ThreadAnswer } from '../../base/watched-thread';
import { OpenHdf5 } from './open-hdf5';
import type { Hdf5Question } from './hdf5-questions';

/** The files that are kept open, the most recently used one last. */
const files = new Map<string, OpenHdf5>();
const MOST_OPEN = 4;

/** Whether the library has kept a file open that it should have closed. */
let isSpent = false;

function close(path: string): void {
  const file = files.get(path);
  files.delete(path);
  if (file?.close() === false) isSpent = true;
}

async function opened(path: string): Promise<OpenHdf5> {
  const file = files.get(path) ?? (await OpenHdf5.open(path));
  files.delete(path);
  files.set(path, file);
  for (const oldest of files.keys()) {
    if (files.size <= MOST_OPEN) break;
    close(oldest);
  }
  return file;
}

async function resultOf(question: Hdf5Question): Promise<unknown> {
  if (question.ask === 'close') return close(question.path);
  const file = await opened(question.path);
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
