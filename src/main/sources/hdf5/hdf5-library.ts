import { existsSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { basename, dirname, join, posix, resolve } from 'node:path';
import type * as hdf5 from 'h5wasm/node';
import type { Dataset, File, Group } from 'h5wasm/node';
import type { VoxelArray } from '../../../shared/base/data-type';
import {
  InvalidInputError,
  isStudioError,
  toStudioError,
  UnsupportedError,
} from '../../../shared/base/errors';
import { guardLibrary, type LibraryFiles as GuardedFiles } from '../../base/path-door';
import { coordinatesOf, MOST_POSITIONS, type Coordinates } from '../array/coordinates';
import type { DescribedDataset, Hdf5Type, ListedDataset, StoredBits } from './hdf5-questions';
import { INTEGER, isHalfFloat } from './hdf5-types';
import { storedBitsIn } from './stored-bits';

type Library = typeof hdf5;
type LinkedDataset = DescribedDataset['otherFiles'][number];

let library: Promise<Library> | undefined;

/**
 * Loads the HDF5 library (WebAssembly) when the first file is opened. The library reads from the file system itself.
 */
async function loadLibrary(): Promise<Library> {
  library ??= import('h5wasm/node').then(async (loaded) => {
    const module = await loaded.ready;
    // Without this, errors are only printed, and memory keeps its old content where a read failed.
    module.activate_throwing_error_handler();
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

/** Hierarchies aren't deeper than this, unless links form a cycle. */
const MOST_LEVELS = 24;
/** The most datasets that are listed. A file may hold many more tables besides its volumes. */
const MOST_LISTED = 10_000;
/** A chain of links isn't longer than this, unless it is a cycle. */
const MOST_LINKS = 16;
/** The groups in which MATLAB stores the objects that cells refer to. */
const HIDDEN = new Set(['#refs#', '#subsystem#']);

/** The state of a walk through the groups of a file. */
interface Walk {
  readonly depth: number;
  /** Receives a line for each link into a file that is missing. */
  readonly missing: string[];
  /** What identifies the groups that were visited. */
  readonly groups: Set<number | string>;
}

/** An HDF5 file that is open for reading, in the thread that runs the library. */
export class OpenHdf5 {
  private readonly datasets = new Map<string, Dataset>();

  private constructor(
    readonly path: string,
    private readonly types: Pick<Library, 'Dataset' | 'File' | 'Group'>,
    private readonly file: File,
  ) {}

  /** Opens a file. @throws InvalidInputError if it is damaged */
  static async open(path: string): Promise<OpenHdf5> {
    return OpenHdf5.openWith(await loadLibrary(), path);
  }

  private static openWith(types: Pick<Library, 'Dataset' | 'File' | 'Group'>, path: string): OpenHdf5 {
    return new OpenHdf5(
      path,
      types,
      inOurWords(`${path} can't be opened`, () => new types.File(path, 'r')),
    );
  }

  /** Lists all datasets, in the order of the file, at most {@link MOST_LISTED} of them. */
  list(): ListedDataset[] {
    return inOurWords(`${this.path} is damaged`, () => {
      const found: ListedDataset[] = [];
      const missing: string[] = [];
      for (const dataset of this.walk(this.file, '', { depth: 0, missing, groups: new Set() })) {
        found.push(dataset);
        if (found.length === MOST_LISTED) break;
      }
      if (found.length === 0 && missing.length > 0) {
        throw new InvalidInputError(`${this.path} holds only links into files that are missing.`, {
          details: missing,
          remedy: 'Put these files beside it, or give one of them.',
        });
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
      address: this.addressOf(path, dataset),
      chunks: dataset.metadata.chunks,
      filters: dataset.filters.map(({ id, name, cd_values }) => ({ id, name, values: [...cd_values] })),
      attributes: attributesOf(dataset),
      bits: this.storedBits(path, dataset),
      dimensions: this.dimensionsOf(dataset),
      otherFiles: [
        ...(this.linkOf(path) ?? []),
        ...(dataset.metadata.virtual_sources ?? []).map(({ file_name, dset_name }) => ({
          file: file_name,
          dataset: dset_name,
        })),
      ],
    }));
  }

  /** Returns the attributes of a group, or none if there is no such group. */
  attributes(path: string): Record<string, unknown> {
    return inOurWords(`${this.path} is damaged`, () => {
      const entity = path === '' ? this.file : entityOf(this.file, path);
      return entity instanceof this.types.Group ? attributesOf(entity) : {};
    });
  }

  read(path: string, ranges: readonly (readonly [from: number, to: number])[]): VoxelArray {
    const where = `${this.path}, ${path}, voxels ${ranges.map(([from, to]) => `${from} to ${to}`).join(', ')}`;
    const dataset = readable(this.dataset(path));
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
   * Returns the bits that integers occupy in their bytes, or undefined for other types.
   * @throws InvalidInputError if no valid header of the dataset is found
   */
  private storedBits(path: string, dataset: Dataset): StoredBits | undefined {
    const { type, size } = dataset.metadata;
    if (type !== INTEGER) return undefined;
    const [link] = this.linkOf(path) ?? [];
    if (link !== undefined) return this.linkedBits(link, dataset);
    const bits = storedBitsIn(this.path, headerOf(dataset));
    if (bits !== undefined && bits.precision > 0 && bits.offset + bits.precision <= 8 * size) return bits;
    throw new InvalidInputError(`${this.path}, ${path}: its header doesn't state the bits of integers.`, {
      remedy:
        'If it is a link into another file, give that file. Otherwise, copy the file again from its source.',
    });
  }

  /** Reads the bits where a link leads, which may be another link. */
  private linkedBits({ file, dataset: path }: LinkedDataset, dataset: Dataset): StoredBits | undefined {
    const folder = dirname(this.path);
    const beside = resolve(folder, file);
    // As the library does, take a file beside this one if there is none at an absolute path.
    const other = OpenHdf5.openWith(this.types, existsSync(beside) ? beside : join(folder, basename(file)));
    try {
      return other.storedBits(path.replace(/^\/+/, ''), dataset);
    } finally {
      other.close();
    }
  }

  /** Returns what a path leads to in another file, if it or a group above it is an external link, or a soft link to one. */
  private linkOf(path: string, links = 0): readonly LinkedDataset[] | undefined {
    const parts = path.split('/');
    for (let i = 1; i <= parts.length && links < MOST_LINKS; i++) {
      const here = `/${parts.slice(0, i).join('/')}`;
      const rest = parts.slice(i);
      const link = optional(() => this.file.get_external_link(here));
      // The library returns no names for other kinds of links.
      if (typeof link?.filename === 'string')
        return [{ file: link.filename, dataset: [link.obj_path, ...rest].join('/') }];
      const target: unknown = optional(() => this.file.get_link(here));
      if (typeof target === 'string')
        return this.linkOf(posix.resolve(posix.dirname(here), target, ...rest).slice(1), links + 1);
    }
    return undefined;
  }

  /** Returns what identifies a dataset or a group: the address of its header, or its path in another file. */
  private addressOf(path: string, entity: Dataset | Group, links = 0): number | string {
    const [link] = this.linkOf(path) ?? [];
    if (link === undefined) return headerOf(entity);
    const target = posix.normalize(`/${link.dataset}`).slice(1);
    const here = basename(link.file) === basename(this.path) ? entityOf(this.file, target || '/') : null;
    const isHere = here instanceof this.types.Dataset || here instanceof this.types.Group;
    return isHere && links < MOST_LINKS ? this.addressOf(target, here, links + 1) : `${link.file}:/${target}`;
  }

  /** Lists the datasets of a group and of those below it. A group that several links lead to is listed once. */
  private *walk(group: Group, prefix: string, walk: Walk): Generator<ListedDataset> {
    const { depth, missing, groups } = walk;
    const own = this.addressOf(prefix.slice(0, -1), group);
    if (groups.has(own)) return;
    groups.add(own);
    for (const name of group.keys()) {
      if (HIDDEN.has(name)) continue;
      const path = `${prefix}${name}`;
      const entity = entityOf(this.file, path);
      if (entity instanceof this.types.Dataset) {
        yield {
          path,
          ...typeOf(entity),
          shape: entity.metadata.shape,
          address: this.addressOf(path, entity),
        };
      } else if (entity instanceof this.types.Group) {
        if (depth < MOST_LEVELS) yield* this.walk(entity, `${path}/`, { ...walk, depth: depth + 1 });
      } else {
        for (const { file, dataset } of this.linkOf(path) ?? [])
          missing.push(`${path} leads to ${dataset} in ${file}`);
      }
    }
  }

  /** Returns the names and the dimension scales of the axes, if the file has any. */
  private dimensionsOf(dataset: Dataset): DescribedDataset['dimensions'] {
    const { shape } = dataset.metadata;
    if (shape === null) return [];
    const labels = labelsOf(dataset);
    const ofGroup = optional(() => this.axesOfGroup(dataset, shape.length)) ?? [];
    return shape.map((length, axis) => {
      const [scale] = optional(() => dataset.get_attached_scales(axis)) ?? [];
      const path = scale ?? ofGroup[axis]?.path;
      const label = labels[axis] ?? ofGroup[axis]?.name;
      return {
        label: label === null || label === '' ? undefined : label,
        scale: path === undefined ? undefined : optional(() => this.scaleOf(path, length)),
      };
    });
  }

  /** Returns what a NeXus group (NXdata) says of its `signal`: the names of the axes, which are datasets beside it. */
  private axesOfGroup(
    dataset: Dataset,
    count: number,
  ): readonly { readonly name: string; readonly path: string }[] {
    const parts = dataset.path.split('/');
    const folder = parts.slice(0, -1).join('/');
    const { signal, axes } = this.attributes(folder.replace(/^\//, ''));
    if (signal !== parts.at(-1) || !Array.isArray(axes) || axes.length !== count) return [];
    return axes.map((name) => ({ name: String(name), path: `${folder}/${String(name)}` }));
  }

  private scaleOf(path: string, length: number): Coordinates {
    const name = path.split('/').at(-1) ?? path;
    const entity = this.file.get(path);
    const none = { name, isEven: false, units: undefined };
    if (!(entity instanceof this.types.Dataset)) return none;
    const { units } = attributesOf(entity);
    const coordinates = { ...none, units: typeof units === 'string' ? units : undefined };
    // NetCDF stores a dimension without coordinates as a scale of zeros with this name.
    const scaleName = optional(() => entity.get_scale_name()) ?? '';
    if (entity.metadata.shape?.join() !== String(length) || length > MOST_POSITIONS) return coordinates;
    if (scaleName.startsWith('This is a netCDF dimension but not a netCDF variable')) return coordinates;
    const values = optional(() => entity.value);
    if (!ArrayBuffer.isView(values)) return coordinates;
    return coordinatesOf(name, coordinates.units, Array.from(values as Float64Array, Number));
  }
}

/**
 * Returns the labels of the axes. The library can't read those that some writers store with a fixed length, and aborts; they
 * can be read as any attribute.
 */
function labelsOf(dataset: Dataset): readonly (string | null | undefined)[] {
  const attribute = optional(() => dataset.attrs['DIMENSION_LABELS']);
  if (attribute === undefined) return [];
  if (attribute.metadata.vlen) return optional(() => dataset.get_dimension_labels()) ?? [];
  const value = optional(() => dataset.get_attribute('DIMENSION_LABELS', true));
  return Array.isArray(value) ? value.map((label) => String(label).replace(/\0[^]*$/, '')) : [];
}

/** Returns a dataset of half floats, which the library doesn't read, as one of the integers that have the same bits. */
function readable(dataset: Dataset): Dataset {
  if (!isHalfFloat(dataset.metadata)) return dataset;
  const metadata = { ...dataset.metadata, type: INTEGER };
  return Object.create(dataset, { metadata: { value: metadata } }) as Dataset;
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

/** Returns the address of an object's header, which is what a reference to the object holds. */
function headerOf(entity: Dataset | Group): number {
  return Number(Buffer.from(entity.create_reference().ref_data).readBigUInt64LE());
}

/** Returns the attributes as JSON. Those that can't be converted are left out. */
function attributesOf(entity: Dataset | Group): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  const names = Object.keys(entity.attrs);
  for (const name of names) {
    try {
      attributes[name] = isLong(entity, name)
        ? exactNumbers(entity.get_attribute(name, false))
        : entity.get_attribute(name, true);
    } catch {
      continue;
    }
  }
  return attributes;
}

/** Reports whether an attribute holds integers of 64 bits, which the library's JSON rounds. */
function isLong({ attrs }: Dataset | Group, name: string): boolean {
  const { type, size } = attrs[name]?.metadata ?? {};
  return type === INTEGER && size === 8;
}

/** Returns integers of 64 bits as numbers, or as decimal text where a number would round them, as `getJson` does. */
function exactNumbers(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, exactNumbers);
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function optional<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Returns the object at a path, or null if there is none, for example because a link is broken. */
function entityOf(file: File, path: string) {
  return optional(() => file.get(path)) ?? null;
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
function inOurWords<T>(complaint: string, work: () => T): T {
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
