/** The questions to the thread of the HDF5 library, and its answers. They can be structurally cloned. */
import type { Coordinates } from '../array/coordinates';
import type { FileRef } from '../array/random-bytes';
import type { VoxelArray } from '../../../shared/base/data-type';

/** The type of a dataset's elements, as the library reports it. */
export interface Hdf5Type {
  /** The class, H5T_class_t: 0 integers, 1 floats, 6 structures, 8 enumerations. */
  readonly type: number;
  /** The size of an element in bytes. */
  readonly size: number;
  readonly signed: boolean;
  readonly enumType?: {
    readonly type: number;
    readonly nmembers: number;
    readonly members: Readonly<Record<string, number>>;
  };
}

/** A dataset in the list of all datasets. */
export interface ListedDataset extends Hdf5Type {
  /** The path without a slash at its start. */
  readonly path: string;
  readonly shape: readonly number[] | null;
  /** What identifies it, since a dataset may have several names: the address of its header, or its path if that leads to another file. */
  readonly address: number | string;
}

export interface DescribedDataset extends ListedDataset {
  readonly chunks: readonly number[] | null;
  readonly filters: readonly {
    readonly id: number;
    readonly name: string;
    readonly values: readonly number[];
  }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly littleEndian: boolean;
  /** Where the voxels are; undefined if the header doesn't tell, or is in another file. */
  readonly place: StoredPlace | undefined;
  /** The bits that integers occupy; undefined for other types. */
  readonly bits: StoredBits | undefined;
  /** The name and the scale of each axis, if the file has them. */
  readonly dimensions: readonly {
    readonly label: string | undefined;
    readonly scale: Coordinates | undefined;
  }[];
  /** The datasets in other files that an external link leads to, or that a virtual dataset shows parts of. */
  readonly otherFiles: readonly { readonly file: string; readonly dataset: string }[];
}

/** The bits that integers occupy in their bytes: `precision` bits from bit `offset` on. */
export interface StoredBits {
  readonly precision: number;
  readonly offset: number;
}

/** Where the voxels of a dataset are in its file. */
export interface StoredPlace {
  /** False if there never was room for voxels in the file: they are read as the fill value. */
  readonly isAllocated: boolean;
  /** The B-tree of version 1 that lists the chunks, if there is one. */
  readonly chunkTree: ChunkTreePlace | null;
}

/** Where a B-tree is in a file. */
export interface ChunkTreePlace {
  /** The position from which addresses count. */
  readonly base: number;
  readonly addressBytes: number;
  /** The address of the first node. */
  readonly root: number;
}

/** Each question names the file as it was when it was opened first. */
export type Hdf5Question = { readonly file: FileRef } & (
  | { readonly ask: 'list' }
  | { readonly ask: 'describe'; readonly dataset: string }
  | { readonly ask: 'attributes'; readonly group: string }
  | {
      readonly ask: 'read';
      readonly dataset: string;
      readonly ranges: readonly (readonly [from: number, to: number])[];
    }
  | { readonly ask: 'close' }
);

export interface Hdf5Answers {
  readonly list: readonly ListedDataset[];
  readonly describe: DescribedDataset;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the library returns. It may be something other than voxels. */
  readonly read: VoxelArray;
  readonly close: undefined;
}
