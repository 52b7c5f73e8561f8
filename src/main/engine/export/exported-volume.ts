import type { DataType } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';

/** The properties of a volume that are known when its file is begun. */
export interface ExportedVolume {
  readonly size: Vec3;
  readonly channels: number;
  /** A name for each channel, if they have names. */
  readonly channelNames: readonly string[] | undefined;
  /** The type in which the voxels are written. */
  readonly dataType: DataType;
  readonly kind: 'segmentation' | 'image';
  readonly resolutionNm: Vec3;
  /** Position of the first voxel, in voxels. */
  readonly voxelOffset: Vec3;
  /** The smallest and the largest value, which programs show as black and white. */
  readonly least: number;
  readonly most: number;
}

/** Writes a volume block by block, from the first slice to the last. */
export interface VolumeWriter {
  /**
   * Writes a block.
   * @param block a block of all channels or of one, depending on the format; the writer may change its data from now
   * on
   */
  write(block: VolumeBlock, channel: number): Promise<void>;
  /** Completes the file and moves it to its place. */
  finish(): Promise<WrittenOutput>;
  /** Deletes the unfinished file. */
  abandon(): Promise<void>;
}

export interface WrittenOutput {
  readonly files: number;
  readonly bytes: number;
}

/** A format that volumes are exported to. */
export interface VolumeFormat {
  /** The name for the user. */
  readonly title: string;
  /** The endings of its file names. */
  readonly endings: readonly [string, ...string[]];
  /**
   * If true, all channels of a slice follow one another; otherwise, all slices of one channel come before the next
   * channel.
   */
  readonly hasChannelsTogether: boolean;
  /** The shape of the chunks that blocks consist of, if they needn't be whole slices. */
  readonly chunk?: Vec3;
  /** Returns how many files a volume takes, if it isn't one. */
  readonly files?: (volume: Omit<ExportedVolume, 'least' | 'most'>) => number;
  /** Returns the paths of other files that are written. */
  readonly beside?: (path: string) => readonly string[];
  /**
   * `refuse` returns why a volume can't be written, if it can't. `notes` returns what users should know about one
   * that can. Each is one sentence.
   */
  readonly refuse?: (volume: Omit<ExportedVolume, 'least' | 'most'>) => string | undefined;
  readonly notes: (volume: ExportedVolume) => readonly string[];
  create(path: string, volume: ExportedVolume): Promise<VolumeWriter>;
}

/** Returns the bytes of numbers. They are little-endian, like all machines that this program runs on. */
export function bytesOf({ data }: VolumeBlock): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
