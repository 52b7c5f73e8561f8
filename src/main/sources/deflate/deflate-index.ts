import { deflateSync, inflateSync } from 'node:zlib';
import { InvalidInputError } from '../../../shared/base/errors';
import { BlockInflater } from '../../../shared/deflate/block-inflater';
import { zlib } from '../../../shared/deflate/gzip';
import { FileBytes, type FileRef } from '../array/random-bytes';
import { DeflateStream, type DeflatePlace, type DeflateRange } from './deflate-stream';
import { spanOf } from './growing-index';

/**
 * The places in deflated data at which decompression can begin, as JSON. The idea is from Mark Adler (zlib,
 * examples/zran.c).
 */
export interface DeflateIndex {
  readonly range: DeflateRange;
  readonly rawBytes: number;
  /** The approximate distance between places, in unpacked bytes. */
  readonly spanBytes: number;
  /** Undefined if the places are found while the data is read ({@link GrowingIndex}). */
  readonly places?: readonly IndexPlace[];
  /** The checksum from a zip archive, which is compared when the data was unpacked. */
  readonly crc?: number;
}

export interface IndexPlace {
  readonly bit: number;
  readonly raw: number;
  /** The window, as a zlib stream that is encoded as base64. */
  readonly window: string;
}

type IndexedPlace = Pick<DeflatePlace, 'bit' | 'rawOffset' | 'window'>;

const FIRST_SPAN_BYTES = 1 << 20;
/** The index is sent to workers, so it must not grow with the file. */
const MOST_PLACES = 128;

/**
 * Unpacks the whole range once and keeps only the index.
 * @param crc the checksum from a zip archive
 * @throws InvalidInputError if the data is damaged or cut off
 */
export async function indexDeflate(file: FileRef, range: DeflateRange, crc?: number): Promise<DeflateIndex> {
  const bytes = new FileBytes(file);
  try {
    let places: IndexedPlace[] = [];
    let spanBytes = FIRST_SPAN_BYTES;
    const stream = new DeflateStream(bytes, range, new BlockInflater());
    let rawBytes = 0;
    const onBlock = (place: () => DeflatePlace, rawOffset: number) => {
      if (rawOffset - (places.at(-1)?.rawOffset ?? 0) < spanBytes) return;
      const { bit, window } = place();
      places.push({ bit, rawOffset, window: window.slice() });
      if (places.length <= MOST_PLACES) return;
      spanBytes *= 2;
      places = places.filter((_, i) => i % 2 === 1);
    };
    for (let next = await stream.next(onBlock); next !== undefined; next = await stream.next(onBlock)) {
      rawBytes += next.length;
    }
    checkCrc(file, stream, crc);
    return { range, rawBytes, spanBytes, places: places.map(packPlace) };
  } finally {
    await bytes.close();
  }
}

function packPlace({ bit, rawOffset, window }: IndexedPlace): IndexPlace {
  // Higher levels take ten times as long, and make windows of grey voxels no smaller.
  const packed = zlib(window, 1, 'grey values') ?? deflateSync(window, { level: 1 });
  return { bit, raw: rawOffset, window: Buffer.from(packed).toString('base64') };
}

/** Returns an index of data that unpacks to `rawBytes`, without unpacking it. Its places are found while it is read. */
export function growingIndex(range: DeflateRange, rawBytes: number, crc?: number): DeflateIndex {
  return { range, rawBytes, spanBytes: spanOf(rawBytes), ...(crc === undefined ? {} : { crc }) };
}

/** Checks a stream that was unpacked. @throws InvalidInputError if its checksum isn't the one from a zip archive */
export function checkCrc(file: FileRef, stream: DeflateStream, crc: number | undefined): void {
  if (crc === undefined || stream.crc === crc) return;
  throw new InvalidInputError(`${file.path}: the checksum of its content is wrong.`, {
    remedy: 'The file is damaged: copy it again from the original.',
  });
}

/** Unpacks data from a place of an index. Its checksum is not checked, because the index does not have it. */
export function unpackPlace({ bit, raw, window }: IndexPlace): DeflatePlace {
  const unpacked = inflateSync(Buffer.from(window, 'base64'));
  return { bit, rawOffset: raw, checksum: 0, memberBytes: 0, window: unpacked };
}
