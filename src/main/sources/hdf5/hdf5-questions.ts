/** What the thread of the HDF5 library is asked, and what it answers: structured clones only. */
import type { VoxelArray } from '../../../shared/base/data-type';

/** The type of a dataset's elements, as the library tells it. */
export interface Hdf5Type {
  /** Of H5T_class_t: 0 integers, 1 floats, 6 structures, 8 enumerations. */
  readonly type: number;
  /** Bytes. */
  readonly size: number;
  readonly signed: boolean;
  readonly enumType?: {
    readonly type: number;
    readonly nmembers: number;
    readonly members: Readonly<Record<string, number>>;
  };
}

/** A dataset as a list of all has it. */
export interface ListedDataset extends Hdf5Type {
  /** Without a slash at the start. */
  readonly path: string;
  readonly shape: readonly number[] | null;
  /** Where its header is: a dataset may have several names. */
  readonly address: number;
}

/** A dimension scale that is attached to an axis (NetCDF's coordinates). */
export interface DimensionScale {
  /** The last part of its path. */
  readonly name: string;
  /** The first two positions and the last; undefined where it has no numbers for all of the axis. */
  readonly positions?: { readonly first: number; readonly second: number; readonly last: number } | undefined;
  /** Whether the positions are evenly spaced. */
  readonly isEven: boolean;
  readonly units: string | undefined;
}

export interface DescribedDataset extends ListedDataset {
  readonly chunks: readonly number[] | null;
  readonly filters: readonly {
    readonly id: number;
    readonly name: string;
    readonly values: readonly number[];
  }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of integers; undefined for other types. */
  readonly bits: StoredBits | undefined;
  /** Names of the axes that the file gives to them, and their scales. */
  readonly dimensions: readonly {
    readonly label: string | undefined;
    readonly scale: DimensionScale | undefined;
  }[];
  readonly virtualSources: readonly { readonly file: string; readonly dataset: string }[];
}

/** The bits of their bytes that integers take. */
export interface StoredBits {
  readonly precision: number;
  readonly offset: number;
}

export type Hdf5Question =
  | { readonly ask: 'list'; readonly path: string }
  | { readonly ask: 'describe'; readonly path: string; readonly dataset: string }
  | { readonly ask: 'attributes'; readonly path: string; readonly group: string }
  | {
      readonly ask: 'read';
      readonly path: string;
      readonly dataset: string;
      readonly ranges: readonly (readonly [from: number, to: number])[];
    }
  | { readonly ask: 'close'; readonly path: string };

export interface Hdf5Answers {
  readonly list: readonly ListedDataset[];
  readonly describe: DescribedDataset;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** As the library gives it; perhaps something else than voxels. */
  readonly read: VoxelArray;
  readonly close: undefined;
}
