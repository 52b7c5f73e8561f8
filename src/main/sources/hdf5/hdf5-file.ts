import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as hdf5 from 'h5wasm/node';
import type { Dataset, File, Group } from 'h5wasm/node';
import { InvalidInputError, isStudioError, toStudioError } from '../../../shared/base/errors';
import { checkUnchanged, type FileRef } from '../array/random-bytes';

type Library = typeof hdf5;

let library: Promise<Library> | undefined;

/** The HDF5 library as WebAssembly, which reads from the file system itself; loaded when the first file is opened. */
async function loadLibrary(): Promise<Library> {
  library ??= import('h5wasm/node').then(async (loaded) => {
    const module = await loaded.ready;
    // Otherwise errors are printed, and what couldn't be read stays as it was in memory.
    module.activate_throwing_error_handler();
    module.insert_plugin_search_path(filtersFolder(), 0);
    return loaded;
  });
  return library;
}

/** Where the filters lie that the library loads when a dataset asks for them: LZF, Blosc, Zstandard and others. */
function filtersFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('h5wasm-plugins')), 'plugins');
}

export interface FoundDataset {
  /** Without a slash at the start. */
  readonly path: string;
  readonly dataset: Dataset;
}

/** Hierarchies aren't deeper, unless links go round in circles. */
const MOST_LEVELS = 8;
/** Where MATLAB keeps what cells refer to. */
const HIDDEN = new Set(['#refs#', '#subsystem#']);

/** An HDF5 file that is open for reading. */
export class Hdf5File {
  private constructor(
    readonly path: string,
    private readonly types: Pick<Library, 'Dataset' | 'Group'>,
    private readonly file: File,
  ) {}

  /** @throws InvalidInputError where the file is damaged, or isn't the one that was looked at before */
  static async open(ref: FileRef): Promise<Hdf5File> {
    await checkUnchanged(ref);
    const { File: Opened, Dataset: DatasetType, Group: GroupType } = await loadLibrary();
    const file = inOurWords(`${ref.path} can't be opened`, () => new Opened(ref.path, 'r'));
    return new Hdf5File(ref.path, { Dataset: DatasetType, Group: GroupType }, file);
  }

  /** All datasets, in the order of the file. */
  datasets(): FoundDataset[] {
    return inOurWords(`${this.path} is damaged`, () => [...this.walk(this.file, '', 0)]);
  }

  dataset(path: string): Dataset {
    const entity = inOurWords(`${this.path} is damaged`, () => this.file.get(path));
    if (entity instanceof this.types.Dataset) return entity;
    throw new InvalidInputError(`${this.path} holds no dataset ${path}.`);
  }

  close(): void {
    this.file.close();
  }

  private *walk(group: Group, prefix: string, depth: number): Generator<FoundDataset> {
    for (const name of group.keys()) {
      if (HIDDEN.has(name)) continue;
      const path = `${prefix}${name}`;
      const entity = entityOf(this.file, path);
      if (entity instanceof this.types.Dataset) yield { path, dataset: entity };
      if (entity instanceof this.types.Group && depth < MOST_LEVELS)
        yield* this.walk(entity, `${path}/`, depth + 1);
    }
  }
}

/** Links may lead to nothing: then there is nothing there to choose. */
function entityOf(file: File, path: string) {
  try {
    return file.get(path);
  } catch {
    return null;
  }
}

/** A filter that stops at damaged data ends with an abort, or with no word; the library goes on working. */
function ownReason(message: string): string {
  const first = message.split('\n')[0] ?? '';
  return first === '' || first.startsWith('Aborted(') ? 'its filter gave up' : first;
}

/** The library's report ends with the innermost reason, `#004: … : unable to …`. */
export function inOurWords<T>(complaint: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isStudioError(error)) throw error;
    const { message } = toStudioError(error);
    const reasons = [...message.matchAll(/#\d+: .*\(\): (.*)/g)];
    const reason = reasons.at(-1)?.[1] ?? ownReason(message);
    throw new InvalidInputError(`${complaint} (${reason}).`, {
      remedy: 'The file is cut off or damaged: copy it again from where it came.',
      cause: error,
    });
  }
}
