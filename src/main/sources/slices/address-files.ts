import { InvalidInputError } from '../../../shared/base/errors';
import { openPlace, type OpenPlace, type PlaceRef } from '../../places/open-place';
import { endsEarly } from '../array/random-bytes';
import type { SliceFile, SliceFiles } from './slice-file';

/** Refers to slices at an address. It can be written as JSON. */
export interface AddressRef {
  readonly kind: 'address';
  readonly place: PlaceRef;
}

/** How many bytes the request that opens a file reads. They usually contain the headers and directories. */
export const ADDRESS_HEAD_BYTES = 64 << 10;
/** The most parallel requests of each thread. */
export const ADDRESS_PARALLEL = 32;
/** The most bytes of one read. */
const MOST_BYTES = 2 ** 30;

/** Reads files with range requests. Nothing except the first bytes of an open file is kept. */
export class AddressFiles implements SliceFiles {
  private place: Promise<OpenPlace> | undefined;

  constructor(private readonly ref: PlaceRef) {}

  async open(name: string): Promise<SliceFile> {
    this.place ??= openPlace(this.ref, ADDRESS_PARALLEL, MOST_BYTES);
    const place = await this.place;
    const head = await place.head(name, ADDRESS_HEAD_BYTES);
    if (head === undefined) throw missing(name);
    const { sizeBytes, modifiedMs, bytes } = head;
    return {
      name,
      sizeBytes,
      modifiedMs,
      read: async (offset, into) => {
        const end = offset + into.length;
        if (end > sizeBytes) throw endsEarly(name, sizeBytes, end);
        if (end <= bytes.length) return into.set(bytes.subarray(offset, end));
        const part = await place.getRange(name, offset, into.length);
        if (part === undefined) throw missing(name);
        if (part.length !== into.length) throw endsEarly(name, offset + part.length, end);
        into.set(part);
      },
      close: () => Promise.resolve(),
    };
  }

  async close(): Promise<void> {
    const place = await this.place?.catch(() => undefined);
    await place?.close();
  }
}

function missing(name: string): InvalidInputError {
  return new InvalidInputError(`${name}: there is no such file at the address`, {
    remedy: 'Check the address, and the numbers where it is a pattern.',
    fields: { code: 'missing-slice' },
  });
}
