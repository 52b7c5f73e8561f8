import type { SourceOptions } from '../../shared/api/job-spec';
import type { BucketAccess } from '../../shared/api/publish-spec';
import type { DataType } from '../../shared/base/data-type';
import type { SliceListing } from './slices/slice-listing';
import type { SourceHandle, VolumeSource } from './volume-source';

/** What to do if slice numbers are missing: refuse the stack, insert slices of zeros, or close the gap. */
export type GapPolicy = SourceOptions['gaps'];

/** The code of the error for a web address at which there is no precomputed volume. */
export const NO_VOLUME = 'no-volume';

/** The options of opening a source. An option that is missing has the same default as in a conversion. */
export interface OpenOptions extends Partial<SourceOptions> {
  /**
   * What the voxels are. A segmentation whose values can't be ids is refused. The default is what the input says it
   * holds, otherwise 'segmentation'.
   */
  readonly kind?: 'segmentation' | 'image';
  /** The data type of the output, which the values of an intensity window are mapped to. The default is uint8. */
  readonly dataType?: DataType;
  /** True if what is read is compared with a dataset: a second reader then reads it, if the format has one. */
  readonly isComparison?: boolean;
  /**
   * True if compressed data is unpacked once when it is opened, to know where its parts begin: if they are read in any
   * order, or by several processes.
   */
  readonly isIndexed?: boolean;
  /** How the bucket is reached that the input is in. */
  readonly access?: BucketAccess | undefined;
  /** True if a job may be made of the input, which compares the slices' digests when it is resumed. */
  readonly isForJob?: boolean;
}

/** What openers need to know about a path to decide whether they can open it. */
export interface PathProbe {
  /** A path, or a web address, from which nothing is read yet. */
  readonly path: string;
  /** The names in a folder; undefined for a file or an address. */
  readonly names: readonly string[] | undefined;
  /** The names of the files in an archive; empty for everything else. */
  readonly archived: readonly string[];
  /** The first bytes of a file; empty for a folder. */
  readonly head: Uint8Array;
  /** The path as a stack of slices, if it may be one. */
  readonly slices: SliceListing | undefined;
}

/** One format that can be read. */
export interface SourceOpener {
  /** The name of the format in handles. */
  readonly format: string;
  /** The name for people in a list of what can be read, such as "TIFF stack". */
  readonly title: string;
  /** Reports whether this opener can open the path, by the content of a file or the names in a folder. */
  recognises(probe: PathProbe): boolean;
  /** True if `open` searches the folders below a folder for volumes, even if the folder itself isn't recognised. */
  readonly searchesBelow?: true;
  /** @throws InvalidInputError whose `details` list everything that is wrong; UnsupportedError; IoError */
  open(probe: PathProbe, options: OpenOptions): Promise<VolumeSource>;
  /** Opens a source again from its handle, without searching for files again. */
  reopen(handle: SourceHandle): Promise<VolumeSource>;
}
