import type { ConvertSpec } from '../../../shared/api/job-spec';
import type { VolumeInfo } from '../../../shared/precomputed/volume-info';
import { compressed, storedKey, type CompressionSettings } from '../../places/compression';
import { openFolder } from '../../places/local-folder';
import type { FilePlace } from '../../places/file-place';
import { takesIn, type Outbox } from '../run/outbox';
import { writeFileTo, type WrittenFile } from '../run/written-file';

/** Where and how chunks are written. It is JSON, so that it can be passed to workers. */
export interface DatasetTarget {
  readonly root: string;
  /** Folder for unfinished files, on the same file system as `root`. */
  readonly scratch: string;
  readonly info: VolumeInfo;
  readonly compression: CompressionSettings;
  /** Whether chunks that are all zero are left out. */
  readonly skipEmpty: boolean;
  /** The outbox of a dataset that is sent while it is made. */
  readonly outbox?: Outbox | undefined;
}

/** Returns how the chunk files of a conversion are compressed. The jpeg and png encodings compress by themselves. */
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

/**
 * Writes an object of the dataset. If the dataset is sent elsewhere, there is room in memory, and no later stage
 * reads the object here, its bytes are returned to be sent instead.
 */
export async function putObject(target: DatasetTarget, key: string, bytes: Uint8Array): Promise<WrittenFile> {
  const { compression, outbox } = target;
  const store = openStore(target);
  const [name, packed] = [storedKey(key, compression), compressed(bytes, compression)];
  if (outbox !== undefined && takesIn(outbox, name, packed.length)) {
    // They are copied, since sending a view to another thread would send the whole buffer behind it. `slice` doesn't copy
    // where they are a Buffer.
    return [store.pathOf(name), packed.length, new Uint8Array(packed)];
  }
  return writeFileTo(store, name, packed);
}

const opened = new Map<string, FilePlace>();

/**
 * Returns the store of a target. Stores are kept open, because a worker writes to one or two of them for a long time.
 */
export function openStore({ root, scratch }: DatasetTarget): FilePlace {
  const store = opened.get(root) ?? openFolder(root, scratch);
  opened.set(root, store);
  return store;
}
