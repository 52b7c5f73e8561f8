import type { DataType } from '../../../shared/base/data-type';
import type { Vec3 } from '../../../shared/base/vec3';
import type { VolumeBlock } from '../../../shared/base/volume-block';

/** What is known of a volume when its file is begun. */
export interface ExportedVolume {
  readonly size: Vec3;
  readonly channels: number;
  /** One for each channel, where they have names. */
  readonly channelNames: readonly string[] | undefined;
  /** As it is written. */
  readonly dataType: DataType;
  readonly kind: 'segmentation' | 'image';
  readonly resolutionNm: Vec3;
  /** Of the first voxel, in voxels. */
  readonly voxelOffset: Vec3;
  /** The smallest and the largest value, by which programs choose what is black and white. */
  readonly least: number;
  readonly most: number;
}

/** A volume that is being written, block by block, from the first slice to the last. */
export interface VolumeWriter {
  /** @param block of all channels or of one, as the format has them; its data is this writer's from now on */
  write(block: VolumeBlock, channel: number): Promise<void>;
  /** Puts the file in its place. */
  finish(): Promise<WrittenOutput>;
  /** Takes away what was begun. */
  abandon(): Promise<void>;
}

export interface WrittenOutput {
  readonly files: number;
  readonly bytes: number;
}

/** A format that volumes are exported to. */
export interface VolumeFormat {
  /** For people. */
  readonly title: string;
  /** How names of its files end. */
  readonly endings: readonly [string, ...string[]];
  /** All channels of a slice follow one another; else all of one channel comes before the next. */
  readonly hasChannelsTogether: boolean;
  /** What blocks are made of, where they needn't be whole slices. */
  readonly chunk?: Vec3;
  /** Other files that are written. */
  readonly beside?: (path: string) => readonly string[];
  /** Why a volume can't be written, and what people should know of one that can, a sentence each. */
  readonly refuse?: (volume: Omit<ExportedVolume, 'least' | 'most'>) => string | undefined;
  readonly notes: (volume: ExportedVolume) => readonly string[];
  create(path: string, volume: ExportedVolume): Promise<VolumeWriter>;
}

/** Numbers as their bytes, little endian as all machines that this program runs on. */
export function bytesOf({ data }: VolumeBlock): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
