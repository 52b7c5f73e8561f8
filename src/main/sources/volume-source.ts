import type { SourceOptions } from '../../shared/api/job-spec';
import type { Box } from '../../shared/base/box';
import type { DataType } from '../../shared/base/data-type';
import type { Vec3 } from '../../shared/base/vec3';
import type { NamedSegment } from '../../shared/precomputed/segment-properties';
import type { VolumeBlock } from '../../shared/base/volume-block';

export type Axis = 0 | 1 | 2;

/** The axes of an array or of a source that become x, y and z. */
export type AxisOrder = readonly [x: Axis, y: Axis, z: Axis];

/** How many tiles a section has. */
export interface TileGrid {
  readonly columns: number;
  readonly rows: number;
  /** The distance between the numbers of neighbouring columns and rows in the names; 0 if there is only one. */
  readonly columnStep: number;
  readonly rowStep: number;
}

type SourceOptionName = keyof SourceOptions;

/** Says that the value of a stored number is `slope · number + intercept`. */
export interface Scaling {
  readonly slope: number;
  readonly intercept: number;
  /** The stored number, in decimal, of voxels without a value. They become NaN, or 0 among whole numbers. */
  readonly missing?: string;
}

/** Describes a volume before any voxel is read. */
export interface SourceMetadata {
  /** The name of the format for people, such as "TIFF stack". */
  readonly format: string;
  /** Whether the voxels are labels or grey values, if the source says so. */
  readonly kind?: 'segmentation' | 'image';
  /** The size in voxels, in x, y, z. */
  readonly size: Vec3;
  readonly dataType: DataType;
  readonly channels: number;
  /** One name per channel, if the source has names. */
  readonly channelNames?: readonly string[] | undefined;
  /**
   * The shape, in voxels, of the unit that is decoded as a whole, such as a strip, a tile or a chunk. If reads are
   * aligned to the grid of these units, which begins at `storageOrigin`, no unit is decoded twice.
   */
  readonly storageShape: Vec3;
  /** Where that grid begins: 0 by default, otherwise at most one unit before 0. */
  readonly storageOrigin?: Vec3;
  /** Set if the source is unpacked when it is read, so that a part far from the last one that was read takes long. */
  readonly isReadInOrder?: boolean;
  /** The most bytes that a read holds besides its target, such as a stored unit and its decoded form. */
  readonly decodeBytes: number;
  /** The size of a voxel in nanometres, if the source has one. */
  readonly resolutionNm?: Vec3;
  /** The position of the first voxel, in voxels, if the source has one. */
  readonly voxelOffset?: Vec3;
  /** How to compute the values, if they aren't the stored numbers themselves. A view applies it (scale-view.ts). */
  readonly scaling?: Scaling | undefined;
  /** True if the channels are in fact consecutive slices (slices-view.ts). */
  readonly channelsAreSlices?: boolean | undefined;
  /** The stored axes that are in fact x, y and z, if the planes of the input aren't those of x and y. A view turns them. */
  readonly storedAxes?: AxisOrder | undefined;
  /** Set if the slices are in fact tiles, all of one section after the other, row by row (mosaic-view.ts). */
  readonly mosaic?: TileGrid | undefined;
  /** The names and colours of segments with their ids in decimal, if the source has any. */
  readonly segmentNames?: readonly (readonly [id: string, name: NamedSegment])[] | undefined;
  /** The directions in which x, y and z grow, as three of the letters R, L, A, P, S, I, if the source has them. */
  readonly orientation?: string;
  /** Those of the options that only some sources support (`ofSource`) that this source supports. */
  readonly takes?: readonly SourceOptionName[];
  /** Facts for people, such as ['compression', 'Deflate']. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What was found and ignored, each by name with the reason, such as "notes.txt: not an image". */
  readonly passedOver: readonly string[];
  /** What the user should read before the voxels are converted, such as which number is replaced, in whole sentences. */
  readonly notes?: readonly string[];
  /** A text that changes whenever the input may have changed, by the names, sizes and times of its files. */
  readonly fingerprint: string;
}

/**
 * What a worker needs to open a source again without searching for its files again. It holds only JSON. `format` names
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
   * Writes the voxels of `box` to their places in `target`, whose own box must contain `box`. They are widened if the
   * type of `target.data` is wider.
   * @throws InvalidInputError that names the file, the place and the value if the content is corrupt or doesn't fit
   */
  read(box: Box, target: VolumeBlock): Promise<void>;
  /**
   * Reads one channel, in sources that can read it without the others. `target` has one channel.
   */
  readChannel?(channel: number, box: Box, target: VolumeBlock): Promise<void>;
  close(): Promise<void>;
}
