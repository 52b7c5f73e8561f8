import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import type * as hdf5 from 'h5wasm/node';
import type { Dataset, File, Group } from 'h5wasm/node';
import type { VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError, toStudioError } from '../../../shared/base/errors';
import { guardLibrary, type LibraryFiles as GuardedFiles } from '../../base/path-door';
import type { DescribedDataset, DimensionScale, Hdf5Type, ListedDataset, StoredBits } from './hdf5-questions';
import { INTEGER } from './hdf5-types';
import { storedBitsIn } from './stored-bits';

type Library = typeof hdf5;

let library: Promise<Library> | undefined;

/** The HDF5 library as WebAssembly, which reads from the file system itself; loaded when the first file is opened. */
async function loadLibrary(): Promise<Library> {
  library ??= import('h5wasm/node').then(async (loaded) => {
    const module = await loaded.ready;
    // Otherwise errors are printed, and what couldn't be read stays as it was in memory.
    module.activate_throwing_error_handler();
    silence(module.FS as unknown as LibraryFiles);
    guardLibrary(module.FS as unknown as GuardedFiles, filtersFolder());
    module.insert_plugin_search_path(filtersFolder(), 0);
    return loaded;
  });
  return library;
}

/** The library's files, by its own numbers, with those of the process. */
export interface LibraryFiles {
  readonly streams: { nfd: number }[];
}

/** Filters print on what is the process's standard output, where only results go. */
export function silence({ streams }: LibraryFiles): void {
  const nowhere = openSync(devNull, 'w');
  for (const stream of streams.slice(1, 3)) stream.nfd = nowhere;
}

/** Where the filters lie that the library loads when a dataset asks for them: LZF, Blosc, Zstandard and others. */
function filtersFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('h5wasm-plugins')), 'plugins');
}

/** Hierarchies aren't deeper, unless links go round in circles. */
const MOST_LEVELS = 24;
/** Of a list; there may be many more tables beside volumes. */
const MOST_LISTED = 10_000;
/** Where MATLAB keeps what cells refer to. */
const HIDDEN = new Set(['#refs#', '#subsystem#']);
/** Positions of a scale that are looked at. */
const MOST_POSITIONS = 1 << 20;

/** An HDF5 file that is open for reading, in the thread that has the library. */
export class OpenHdf5 {
  private readonly datasets = new Map<string, Dataset>();

  private constructor(
    readonly path: string,
    private readonly types: Pick<Library, 'Dataset' | 'Group'>,
    private readonly file: File,
  ) {}

  /** @throws InvalidInputError where the file is damaged */
  static async open(path: string): Promise<OpenHdf5> {
    const { File: Opened, Dataset: DatasetType, Group: GroupType } = await loadLibrary();
    const file = inOurWords(`${path} can't be opened`, () => new Opened(path, 'r'));
    return new OpenHdf5(path, { Dataset: DatasetType, Group: GroupType }, file);
  }

  /** All datasets, in the order of the file. */
  list(): ListedDataset[] {
    return inOurWords(`${this.path} is damaged`, () => {
      const found: ListedDataset[] = [];
      for (const dataset of this.walk(this.file, '', 0)) {
        found.push(dataset);
        if (found.length === MOST_LISTED) break;
      }
      return found;
    });
  }

  describe(path: string): DescribedDataset {
    const dataset = this.dataset(path);
    return inOurWords(`${this.path}, ${path} is damaged`, () => ({
      path,
      ...typeOf(dataset),
      shape: dataset.metadata.shape,
      address: addressOf(dataset),
      chunks: dataset.metadata.chunks,
      filters: dataset.filters.map(({ id, name, cd_values }) => ({ id, name, values: [...cd_values] })),
      attributes: attributesOf(dataset),
      bits: this.storedBits(dataset),
      dimensions: this.dimensionsOf(dataset),
      virtualSources: (dataset.metadata.virtual_sources ?? []).map(({ file_name, dset_name }) => ({
        file: file_name,
        dataset: dset_name,
      })),
    }));
  }

  /** Of a group, none where there is no such. */
  attributes(path: string): Record<string, unknown> {
    return inOurWords(`${this.path} is damaged`, () => {
      const entity = path === '' ? this.file : entityOf(this.file, path);
      return entity instanceof this.types.Group ? attributesOf(entity) : {};
    });
  }

  read(path: string, ranges: readonly (readonly [from: number, to: number])[]): VoxelArray {
    const where = `${this.path}, ${path}, voxels ${ranges.map(([from, to]) => `${from} to ${to}`).join(', ')}`;
    const dataset = this.dataset(path);
    return inOurWords(
      `${where} can't be read`,
      () =>
        // A single number has no ranges.
        (ranges.length === 0
          ? dataset.value
          : dataset.slice(ranges.map(([from, to]) => [from, to]))) as VoxelArray,
    );
  }

  close(): void {
    this.file.close();
  }

  private dataset(path: string): Dataset {
    const known = this.datasets.get(path);
    if (known !== undefined) return known;
    const entity = inOurWords(`${this.path} is damaged`, () => this.file.get(path));
    if (!(entity instanceof this.types.Dataset)) {
      throw new InvalidInputError(`${this.path} holds no dataset ${path}.`, {
        fields: { reason: 'no-dataset' },
      });
    }
    this.datasets.set(path, entity);
    return entity;
  }

  /**
   * @throws InvalidInputError where integers have no header that tells: the dataset lies in another file, or it is damaged
   */
  private storedBits(dataset: Dataset): StoredBits | undefined {
    const { type, size } = dataset.metadata;
    if (type !== INTEGER) return undefined;
    const bits = storedBitsIn(this.path, addressOf(dataset));
    if (bits !== undefined && bits.precision > 0 && bits.offset + bits.precision <= 8 * size) return bits;
    throw new InvalidInputError(
      `${this.path}, ${dataset.path}: its header doesn't tell the bits of integers.`,
      {
        remedy:
          'Where it is a link into another file, give that file; else copy the file again from where it came.',
      },
    );
  }

  private *walk(group: Group, prefix: string, depth: number): Generator<ListedDataset> {
    for (const name of group.keys()) {
      if (HIDDEN.has(name)) continue;
      const path = `${prefix}${name}`;
      const entity = entityOf(this.file, path);
      if (entity instanceof this.types.Dataset) {
        yield { path, ...typeOf(entity), shape: entity.metadata.shape, address: addressOf(entity) };
      }
      if (entity instanceof this.types.Group && depth < MOST_LEVELS)
        yield* this.walk(entity, `${path}/`, depth + 1);
    }
  }

  /** Names and scales of the axes, where the file tells of some. */
  private dimensionsOf(dataset: Dataset): DescribedDataset['dimensions'] {
    const { shape } = dataset.metadata;
    if (shape === null) return [];
    const labels = optional(() => dataset.get_dimension_labels()) ?? [];
    return shape.map((length, axis) => {
      const [scale] = optional(() => dataset.get_attached_scales(axis)) ?? [];
      const label = labels[axis];
      return {
        label: label === null || label === '' ? undefined : label,
        scale: scale === undefined ? undefined : optional(() => this.scaleOf(scale, length)),
      };
    });
  }

  private scaleOf(path: string, length: number): DimensionScale {
    const name = path.split('/').at(-1) ?? path;
    const entity = this.file.get(path);
    const none = { name, isEven: false, units: undefined };
    if (!(entity instanceof this.types.Dataset)) return none;
    const { units } = attributesOf(entity);
    const told = { ...none, units: typeof units === 'string' ? units : undefined };
    // A dimension without coordinates is a scale of zeros, which NetCDF marks.
    const scaleName = optional(() => entity.get_scale_name()) ?? '';
    if (entity.metadata.shape?.join() !== String(length) || length > MOST_POSITIONS) return told;
    if (scaleName.startsWith('This is a netCDF dimension but not a netCDF variable')) return told;
    const values = optional(() => entity.value);
    if (!ArrayBuffer.isView(values)) return told;
    const numbers = Array.from(values as Float64Array, Number);
    const [first = NaN, second = NaN] = numbers;
    const step = (numbers.at(-1) ?? NaN) - first;
    const expected = (i: number) => first + (step * i) / (length - 1);
    const tolerance = Math.abs(step / (length - 1)) * 0.01;
    return {
      ...told,
      positions: { first, second, last: numbers.at(-1) ?? NaN },
      isEven: length < 2 || numbers.every((value, i) => Math.abs(value - expected(i)) <= tolerance),
    };
  }
}

function typeOf({ metadata }: Dataset): Hdf5Type {
  const { type, size, signed, enum_type: names } = metadata;
  return {
    type,
    size,
    signed,
    ...(names === undefined
      ? {}
      : { enumType: { type: names.type, nmembers: names.nmembers, members: names.members } }),
  };
}

/** A reference to an object is the place of its header. */
function addressOf(dataset: Dataset): number {
  return Number(Buffer.from(dataset.create_reference().ref_data).readBigUInt64LE());
}

/** Attributes as JSON; those that can't be are left out. */
function attributesOf(entity: Dataset | Group): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  const names = Object.keys(entity.attrs);
  for (const name of names) {
    try {
      attributes[name] = entity.get_attribute(name, true);
    } catch {
      continue;
    }
  }
  return attributes;
}

function optional<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Links may lead to nothing: then there is nothing there to choose. */
function entityOf(file: File, path: string) {
  return optional(() => file.get(path)) ?? null;
}

/** A filter that stops at damaged data ends with an abort, or with no word; the library goes on working. */
function ownReason(message: string): string {
  const first = message.split('\n')[0] ?? '';
  return first === '' || first.startsWith('Aborted(') ? 'its filter gave up' : first;
}

/** The library's report ends with the innermost reason, `#004: … : unable to …`. */
function inOurWords<T>(complaint: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isStudioError(error)) throw error;
    const { message } = toStudioError(error);
    const reasons = [...message.matchAll(/#\d+: .*\(\): (.*)/g)];
    const reason = reasons.at(-1)?.[1] ?? ownReason(message);
    throw new InvalidInputError(`${complaint} (${reason}).`, {
      remedy: 'The file is cut off or damaged: copy it again from the original.',
      cause: error,
    });
  }
}
