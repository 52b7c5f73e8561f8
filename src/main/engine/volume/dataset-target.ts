import type { ConvertSpec } from '../../../shared/api/job-spec';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import type { CompressionSettings } from '../../places/compression';
import { LocalFolder } from '../../places/local-folder';

/** Where and how chunks are written; JSON, so that it can go to a worker. */
export interface DatasetTarget {
  readonly root: string;
  /** Folder for unfinished files, on the same file system as `root`. */
  readonly scratch: string;
  readonly info: VolumeInfo;
  readonly compression: CompressionSettings;
  /** Write no chunk of zeros. */
  readonly skipEmpty: boolean;
}

/** How the chunk files of a conversion are compressed: jpeg and png are compressed as they are. */
export function chunkCompression(
  { compression, compressionLevel, layout }: ConvertSpec,
  { scales, type }: VolumeInfo,
): CompressionSettings {
  const isPacked = scales.some(({ encoding }) => encoding === 'jpeg' || encoding === 'png');
  return {
    compression: isPacked ? 'none' : compression,
    level: compressionLevel,
    content: type === 'image' ? 'grey values' : 'any',
    layout,
  };
}

const opened = new Map<string, LocalFolder>();

/** The store of a target; a worker writes to one or two for a long time, so they are kept. */
export function openStore({ root, scratch }: DatasetTarget): LocalFolder {
  const store = opened.get(root) ?? new LocalFolder(root, scratch);
  opened.set(root, store);
  return store;
}
