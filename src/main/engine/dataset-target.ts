import type { VolumeInfo } from '../../shared/precomputed/volume-info';
import type { CompressionSettings } from '../stores/compression';
import { LocalFolderStore } from '../stores/local-folder';

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

let opened: LocalFolderStore | undefined;

/** The store of a target; a worker writes to one for a long time, so the last one is kept. */
export function openStore({ root, scratch }: DatasetTarget): LocalFolderStore {
  if (opened?.root !== root) opened = new LocalFolderStore(root, scratch);
  return opened;
}
