import type { FilePlace } from '../../places/file-place';

/** A written file: its path and size. With its bytes, it is an object that is to be sent and isn't written here. */
export type WrittenFile = readonly [path: string, bytes: number, content?: Uint8Array];

export async function writeFileTo(place: FilePlace, key: string, bytes: Uint8Array): Promise<WrittenFile> {
  await place.put(key, bytes);
  return [place.pathOf(key), bytes.length];
}

/** How much was written. */
export interface Written {
  readonly bytes: number;
  readonly files: number;
}
