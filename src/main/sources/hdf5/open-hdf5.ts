import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Dataset, File, Group } from 'h5wasm/node';
import type { VoxelArray } from '../../../shared/base/data-type';
import { InvalidInputError } from '../../../shared/base/errors';
import { storedPlaceIn } from './data-layout';
import { attributesOf, attributesOfGroup } from './hdf5-attributes';
import { dimensionsOf } from './hdf5-axes';
import { inOurWords, loadLibrary, openStreams, type LibraryFile } from './hdf5-library';
import { addressOf, entityOf, headerOf, linkOf, type LinkedDataset } from './hdf5-links';
import type { DescribedDataset, Hdf5Type, ListedDataset, StoredBits } from './hdf5-questions';
import { INTEGER, isHalfFloat } from './hdf5-types';
import { storedBitsIn } from './stored-bits';

/** Hierarchies aren't deeper than this, unless links form a cycle. */
const MOST_LEVELS = 24;
/** The most datasets that are listed. A file may hold many more tables besides its volumes. */
const MOST_LISTED = 10_000;
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
export class OpenHdf5 implements LibraryFile {
  private readonly datasets = new Map<string, Dataset>();

  private constructor(
    readonly path: string,
    readonly types: LibraryFile['types'],
    readonly file: File,
  ) {}

  /** Opens a file. @throws InvalidInputError if it is damaged */
  static async open(path: string): Promise<OpenHdf5> {
    return OpenHdf5.openWith(await loadLibrary(), path);
  }

  private static openWith(types: LibraryFile['types'], path: string): OpenHdf5 {
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
      address: addressOf(this, path, dataset),
      chunks: dataset.metadata.chunks,
      filters: dataset.filters.map(({ id, name, cd_values }) => ({ id, name, values: [...cd_values] })),
      attributes: attributesOf(dataset),
      littleEndian: dataset.metadata.littleEndian,
      place: linkOf(this, path) === undefined ? storedPlaceIn(this.path, headerOf(dataset)) : undefined,
      bits: this.storedBits(path, dataset),
      dimensions: dimensionsOf(this, dataset),
      otherFiles: [linkOf(this, path) ?? [], sourcesOf(dataset)].flat(),
    }));
  }

  /** Returns the attributes of a group, or none if there is no such group. */
  attributes(path: string): Record<string, unknown> {
    return inOurWords(`${this.path} is damaged`, () => attributesOfGroup(this, path));
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

  /**
   * Closes the file. A read that fails leaves handles of the library behind, by which it keeps the file open: a file that has
   * replaced it would be read by what the library knows of this one.
   * @returns whether the library has let go of the file
   */
  close(): boolean {
    const before = openStreams(this.types);
    this.file.close();
    return openStreams(this.types) < before;
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
    const link = linkOf(this, path);
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

  /** Lists the datasets of a group and of those below it. A group that several links lead to is listed once. */
  private *walk(group: Group, prefix: string, walk: Walk): Generator<ListedDataset> {
    const { depth, missing, groups } = walk;
    const own = addressOf(this, prefix.slice(0, -1), group);
    if (groups.has(own)) return;
    groups.add(own);
    for (const name of group.keys()) {
      if (HIDDEN.has(name)) continue;
      const path = `${prefix}${name}`;
      const entity = entityOf(this, path);
      if (entity instanceof this.types.Dataset) {
        yield {
          path,
          ...typeOf(entity),
          shape: entity.metadata.shape,
          address: addressOf(this, path, entity),
        };
      } else if (entity instanceof this.types.Group) {
        if (depth < MOST_LEVELS) yield* this.walk(entity, `${path}/`, { ...walk, depth: depth + 1 });
      } else {
        const link = linkOf(this, path);
        if (link !== undefined) missing.push(`${path} leads to ${link.dataset} in ${link.file}`);
      }
    }
  }
}

/** Returns a dataset of half floats, which the library doesn't read, as one of the integers that have the same bits. */
function readable(dataset: Dataset): Dataset {
  if (!isHalfFloat(dataset.metadata)) return dataset;
  const metadata = { ...dataset.metadata, type: INTEGER };
  return Object.create(dataset, { metadata: { value: metadata } }) as Dataset;
}

/** Returns the datasets that a virtual dataset shows parts of. */
function sourcesOf({ metadata }: Dataset): LinkedDataset[] {
  return (metadata.virtual_sources ?? []).map(({ file_name, dset_name }) => ({
    file: file_name,
    dataset: dset_name,
  }));
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
