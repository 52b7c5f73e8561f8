import { crc32, inflateRawSync } from 'node:zlib';
import { InvalidInputError } from '../../../shared/base/errors';
import { openBytes, type BytesRef } from '../array/bytes-ref';
import { endsEarly, type RandomBytes } from '../array/random-bytes';
import type { ArchiveEntry } from './archive';
import type { SliceFile, SliceFiles } from './slice-file';

/** Refers to slices in an archive. It can be written as JSON. The names of the entries don't include folders. */
export interface ArchiveRef {
  readonly kind: 'archive';
  readonly bytes: BytesRef;
  readonly entries: readonly ArchiveEntry[];
}

/** Reads files of an archive. Stored files are read in place; deflated ones are unpacked in memory on opening. */
export class ArchiveFiles implements SliceFiles {
  private readonly bytes: RandomBytes;
  private readonly entries: ReadonlyMap<string, ArchiveEntry>;

  constructor(private readonly ref: ArchiveRef) {
    this.bytes = openBytes(ref.bytes);
    this.entries = new Map(ref.entries.map((entry) => [entry.name, entry]));
  }

  async open(name: string): Promise<SliceFile> {
    const { path, modifiedMs } = this.ref.bytes.file;
    const entry = this.entries.get(name);
    if (entry === undefined) throw new InvalidInputError(`${path} has no entry ${name}`);
    const place = { name, sizeBytes: entry.rawBytes, modifiedMs };
    const close = () => Promise.resolve();
    if (entry.crc !== null) {
      const content = await this.unpack(entry, entry.crc);
      return { ...place, read: (offset, into) => copyPart(content, offset, into, name), close };
    }
    return {
      ...place,
      close,
      read: async (offset, into) => {
        if (offset + into.length > entry.rawBytes)
          throw endsEarly(name, entry.rawBytes, offset + into.length);
        await this.bytes.read(entry.offset + offset, into);
      },
    };
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  private async unpack(
    { name, offset, packedBytes, rawBytes }: ArchiveEntry,
    crc: number,
  ): Promise<Uint8Array> {
    const packed = new Uint8Array(packedBytes);
    await this.bytes.read(offset, packed);
    const content = inflated(packed, rawBytes);
    if (content?.length === rawBytes && crc32(content) === crc) return content;
    throw new InvalidInputError(
      `${name}: it is damaged in the archive (it doesn't unpack, or its checksum is wrong)`,
      {
        remedy: 'The archive is damaged: copy it again from the original.',
      },
    );
  }
}

/** zlib allocates more memory whenever its output is full, even at the end. Spare bytes avoid this. */
const SPARE_BYTES = 64;

function inflated(packed: Uint8Array, rawBytes: number): Uint8Array | undefined {
  try {
    const bytes = rawBytes + SPARE_BYTES;
    return inflateRawSync(packed, { chunkSize: bytes, maxOutputLength: bytes });
  } catch {
    return undefined;
  }
}

function copyPart(content: Uint8Array, offset: number, into: Uint8Array, name: string): Promise<void> {
  if (offset + into.length > content.length) {
    return Promise.reject(endsEarly(name, content.length, offset + into.length));
  }
  into.set(content.subarray(offset, offset + into.length));
  return Promise.resolve();
}
