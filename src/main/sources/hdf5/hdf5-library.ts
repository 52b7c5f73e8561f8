import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import type * as hdf5 from 'h5wasm/node';
import type { File } from 'h5wasm/node';
import {
  InvalidInputError,
  isStudioError,
  toStudioError,
  UnsupportedError,
} from '../../../shared/base/errors';
import { guardLibrary, type LibraryFiles as GuardedFiles } from '../../base/path-door';
import { tidyFailingCalls, type LibraryModule } from './failing-calls';

type Library = typeof hdf5;

/** A file that the library has open, and the library's classes. */
export interface LibraryFile {
  readonly path: string;
  readonly types: Pick<Library, 'Dataset' | 'File' | 'FS' | 'Group'>;
  readonly file: File;
}

let library: Promise<Library> | undefined;

/**
 * Loads the HDF5 library (WebAssembly) when the first file is opened. The library reads from the file system itself.
 */
export async function loadLibrary(): Promise<Library> {
  library ??= import('h5wasm/node').then(async (loaded) => {
    const module = await loaded.ready;
    // Without this, errors are only printed, and memory keeps its old content where a read failed.
    module.activate_throwing_error_handler();
    tidyFailingCalls(module as unknown as LibraryModule);
    silence(module.FS as unknown as LibraryFiles);
    guardLibrary(module.FS as unknown as GuardedFiles, filtersFolder());
    module.insert_plugin_search_path(filtersFolder(), 0);
    return loaded;
  });
  return library;
}

/** The library's open files by its own file descriptors, each with the process's descriptor (`nfd`). */
export interface LibraryFiles {
  readonly streams: { nfd: number }[];
}

/** Returns the number of files that the library has open. */
export function openStreams({ FS }: LibraryFile['types']): number {
  const { streams } = FS as unknown as LibraryModule['FS'];
  return streams.filter((stream) => stream).length;
}

/** Discards what filters print, because the process's standard output is only for results. */
export function silence({ streams }: LibraryFiles): void {
  const nowhere = openSync(devNull, 'w');
  for (const stream of streams.slice(1, 3)) stream.nfd = nowhere;
}

/**
 * Returns the folder of the filters that the library loads when a dataset needs them: LZF, Blosc, Zstandard and others.
 */
function filtersFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('h5wasm-plugins')), 'plugins');
}

/** Returns what work with the library gives, or undefined if it fails. */
export function optional<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/**
 * Returns the reason for an error that the library didn't report itself. A filter that fails on damaged data aborts, or
 * gives no message; the library can still be used afterwards.
 */
function ownReason(message: string): string {
  const first = message.split('\n')[0] ?? '';
  return first === '' || first.startsWith('Aborted(') ? 'its filter gave up' : first;
}

/** Returns the error for a dataset whose numbers are in plain files beside the HDF5 file (external storage). */
function inOtherFiles(complaint: string, cause: unknown): UnsupportedError {
  return new UnsupportedError(
    `${complaint}: its numbers are in files of their own (external storage), which aren't read.`,
    {
      remedy:
        "Save it with the numbers in it, in the folder of these files, in Python (pip install h5py): python3 -c \"import h5py; h5py.File('NEW.h5', 'w')['DATASET'] = h5py.File('OLD.h5')['DATASET'][...]\".",
      cause,
    },
  );
}

/**
 * Does work with the library and converts its errors to ours. Only the innermost reason of the library's report is
 * kept, which is the last line of the form `#004: … : unable to …`.
 */
export function inOurWords<T>(complaint: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isStudioError(error)) throw error;
    const { message } = toStudioError(error);
    const reasons = [...message.matchAll(/#\d+: .*\(\): (.*)/g)];
    const reason = reasons.at(-1)?.[1] ?? ownReason(message);
    if (reason.includes('external raw data')) throw inOtherFiles(complaint, error);
    throw new InvalidInputError(`${complaint} (${reason}).`, {
      remedy: 'The file is cut off or damaged: copy it again from the original.',
      cause: error,
    });
  }
}
