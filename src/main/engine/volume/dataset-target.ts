import type { ConvertSpec } from '../../../shared/api/job-spec';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { compressed, storedKey, type CompressionSettings } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/place';
import { takesIn, type Outbox } from '../run/outbox';
import { writeFileTo, type WrittenFile } from '../run/written-file';

/** Where and how chunks are written; JSON, so that it can go to a worker. */
export interface DatasetTarget {
  readonly root: string;
  /** Folder for unfinished files, on the same file system as `root`. */
  readonly scratch: string;
  readonly info: VolumeInfo;
  readonly compression: CompressionSettings;
  /** Write no chunk of zeros. */
  readonly skipEmpty: boolean;
  /** Of a dataset that is sent on as it is made. */
  readonly outbox?: Outbox | undefined;
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

/** Writes an object of the dataset, or hands it over to be sent, where it has a place in memory and isn't needed here. */
export async function putObject(target: DatasetTarget, key: string, bytes: Uint8Array): Promise<WrittenFile> {
  const { compression, outbox } = target;
  const store = openStore(target);
  const [name, packed] = [storedKey(key, compression), compressed(bytes, compression)];
  if (outbox !== undefined && takesIn(outbox, name, packed.length)) {
    // Of its own memory, as what it is a part of would go along.
    return [store.pathOf(name), packed.length, packed.slice()];
  }
  return writeFileTo(store, name, packed);
}

const opened = new Map<string, FilePlace>();

/** The store of a target; a worker writes to one or two for a long time, so they are kept. */
export function openStore({ root, scratch }: DatasetTarget): FilePlace {
  const store = opened.get(root) ?? openFolder(root, scratch);
  opened.set(root, store);
  return store;
}
