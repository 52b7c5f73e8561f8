import type { SourceOptions } from '../../shared/api/job-spec';
import type { DataType } from '../../shared/base/data-type';
import type { SliceListing } from './slices/slice-listing';
import type { SourceHandle, VolumeSource } from './volume-source';

/** What to do where the numbers in the names of slices skip: refuse, put slices of zeros, or close up. */
export type GapPolicy = SourceOptions['gaps'];

/** Code of the refusal of an address at which there is no precomputed volume. */
export const NO_VOLUME = 'no-volume';

/** What isn't given has the default of a conversion. */
export interface OpenOptions extends Partial<SourceOptions> {
  /**
   * Labels are stricter: an input whose values can't be ids is refused. Unless given, what the input says that it
   * holds, else 'segmentation'.
   */
  readonly kind?: 'segmentation' | 'image';
  /** Of the output: what the values of a window become; uint8 unless given. */
  readonly dataType?: DataType;
}

/** The first look at a path, enough for openers to tell whether it is theirs. */
export interface PathProbe {
  /** Or an address, which isn't looked at. */
  readonly path: string;
  /** Names in a folder; undefined for a file or an address. */
  readonly names: readonly string[] | undefined;
  /** Names of the files in an archive; empty for all else. */
  readonly archived: readonly string[];
  /** The first bytes of a file; empty for a folder. */
  readonly head: Uint8Array;
  /** The path as a stack of slices, where it may be one. */
  readonly slices: SliceListing | undefined;
}

/** One format that can be read. */
export interface SourceOpener {
  /** Its name in handles. */
  readonly format: string;
  /** For people, in a list of what can be read: "TIFF stack". */
  readonly title: string;
  /** Decides by content, and by names where a folder's content is its names. */
  recognises(probe: PathProbe): boolean;
  /** @throws InvalidInputError with everything that is wrong in `details`; UnsupportedError; IoError. */
  open(probe: PathProbe, options: OpenOptions): Promise<VolumeSource>;
  /** Opens again from a handle, without looking for files anew. */
  reopen(handle: SourceHandle): Promise<VolumeSource>;
}
