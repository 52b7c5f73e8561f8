import type { SourceOptions } from '../../shared/api/job-spec';
import type { Box } from '../../shared/base/box';
import type { DataType } from '../../shared/base/data-type';
import type { Vec3 } from '../../shared/base/vec3';
import type { NamedSegment } from '../../shared/precomputed/segment-properties';
import type { VolumeBlock } from '../../shared/base/volume-block';

type SourceOptionName = keyof SourceOptions;

/** Stored numbers stand for `slope · number + intercept`. */
export interface Scaling {
  readonly slope: number;
  readonly intercept: number;
}

/** What is known of a volume before a voxel is read. */
export interface SourceMetadata {
  /** For people: "TIFF stack", "precomputed". */
  readonly format: string;
  /** What the voxels are, where the source tells. */
  readonly kind?: 'segmentation' | 'image';
  /** Voxels in x, y, z. */
  readonly size: Vec3;
  readonly dataType: DataType;
  readonly channels: number;
  /** One for each channel, where the source tells. */
  readonly channelNames?: readonly string[] | undefined;
  /**
   * What is decoded as a whole, in voxels (a strip, a tile, a chunk). A read whose box is aligned to this
   * grid, anchored at `storageOrigin`, decodes nothing that another aligned read decodes too.
   */
  readonly storageShape: Vec3;
  /** Where that grid begins: at 0 unless told, else at most one unit before it. */
  readonly storageOrigin?: Vec3;
  /** What a read holds at a time beside its target, at most, in bytes: a stored unit and its decoded form. */
  readonly decodeBytes: number;
  /** Nanometres per voxel, where the source tells. */
  readonly resolutionNm?: Vec3;
  /** Position of the first voxel, in voxels, where the source tells. */
  readonly voxelOffset?: Vec3;
  /** What the numbers stand for, where they aren't the values themselves. Views of it have the values (scale-view.ts). */
  readonly scaling?: Scaling | undefined;
  /** What stands as channels are slices, one after the other (slices-view.ts). */
  readonly channelsAreSlices?: boolean | undefined;
  /** Names of segments by their ids in decimal, where the source tells. */
  readonly segmentNames?: readonly (readonly [id: string, name: NamedSegment])[] | undefined;
  /** Where x, y and z lead, three letters of R, L, A, P, S, I, where the source tells. */
  readonly orientation?: string;
  /** The options of reading that have a meaning for this source, of those that do only for some (`ofSource`). */
  readonly takes?: readonly SourceOptionName[];
  /** Facts for people, such as ['compression', 'Deflate']. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What was met and passed over, by name with the reason ("notes.txt: not an image"). */
  readonly passedOver: readonly string[];
  /** Changes whenever the input's content may have changed (names, sizes, times of its files). */
  readonly fingerprint: string;
}

/**
 * What a worker needs to open a source again without looking for its files anew: JSON only. `format` names
 * the opener in the registry.
 */
export interface SourceHandle {
  readonly format: string;
  readonly [key: string]: unknown;
}

/** A volume that is read region by region. Coordinates start at 0, whatever the voxel offset. */
export interface VolumeSource {
  readonly metadata: SourceMetadata;
  readonly handle: SourceHandle;
  /**
   * Writes the voxels of `box` to their places in `target` (whose own box must contain `box`), widened to
   * the type of `target.data` where that is wider.
   * @throws InvalidInputError naming file, place and value where the content is corrupt or doesn't fit.
   */
  read(box: Box, target: VolumeBlock): Promise<void>;
  /**
   * The same for one channel, where it can be read without the others; `target` has one channel.
   */
  readChannel?(channel: number, box: Box, target: VolumeBlock): Promise<void>;
  close(): Promise<void>;
}
