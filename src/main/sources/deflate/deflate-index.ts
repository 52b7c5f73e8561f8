import { deflateSync, inflateSync } from 'node:zlib';
import { InvalidInputError } from '../../../shared/base/errors';
import { BlockInflater } from '../../../shared/deflate/block-inflater';
import { zlib } from '../../../shared/deflate/gzip';
import { FileBytes, type FileRef, type RandomBytes } from '../array/random-bytes';
import { DeflateStream, type DeflatePlace, type DeflateRange } from './deflate-stream';

/**
 * The places in deflated data at which decompression can begin, as JSON. The idea is from Mark Adler (zlib,
 * examples/zran.c).
 */
export interface DeflateIndex {
  readonly range: DeflateRange;
  readonly rawBytes: number;
  /** The approximate distance between places, in unpacked bytes. */
  readonly spanBytes: number;
  readonly places: readonly IndexPlace[];
}

interface IndexPlace {
  readonly bit: number;
  readonly raw: number;
  /** The window, as a zlib stream that is encoded as base64. */
  readonly window: string;
}

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
    let places: DeflatePlace[] = [];
    let spanBytes = FIRST_SPAN_BYTES;
    const stream = new DeflateStream(bytes, range, new BlockInflater());
    let rawBytes = 0;
    const onBlock = (place: () => DeflatePlace, rawOffset: number) => {
      if (rawOffset - (places.at(-1)?.rawOffset ?? 0) < spanBytes) return;
      places.push(place());
      if (places.length <= MOST_PLACES) return;
      spanBytes *= 2;
      places = places.filter((_, i) => i % 2 === 1);
    };
    for (let next = await stream.next(onBlock); next !== undefined; next = await stream.next(onBlock)) {
      rawBytes += next.length;
    }
    if (crc !== undefined && stream.crc !== crc) {
      throw new InvalidInputError(`${file.path}: the checksum of its content is wrong.`, {
        remedy: 'The file is damaged: copy it again from the original.',
      });
    }
    return { range, rawBytes, spanBytes, places: places.map(packPlace) };
  } finally {
    await bytes.close();
  }
}

function packPlace({ bit, rawOffset, window }: DeflatePlace): IndexPlace {
  // Higher levels take ten times as long, and make windows of grey voxels no smaller.
  const packed = zlib(window, 1, 'grey values') ?? deflateSync(window, { level: 1 });
  return { bit, raw: rawOffset, window: Buffer.from(packed).toString('base64') };
}

/**
 * Reads deflated data as if it were unpacked. Reads in ascending order are cheap. Other reads begin at the last place
 * of the index before their offset.
 */
export class DeflateBytes implements RandomBytes {
  private readonly bytes: FileBytes;
  private inflater: BlockInflater | undefined;
  private stream: DeflateStream | undefined;
  private piece: Uint8Array = new Uint8Array(0);
  private pieceStart = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    file: FileRef,
    private readonly index: DeflateIndex,
  ) {
    this.bytes = new FileBytes(file);
  }

  /** Reads one part after the other, because all reads share one stream. */
  read(offsetBytes: number, into: Uint8Array): Promise<void> {
    const turn = this.last.then(() => this.readNow(offsetBytes, into));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    await this.last;
    this.stream = this.inflater = undefined;
    await this.bytes.close();
  }

  private async readNow(offset: number, into: Uint8Array): Promise<void> {
    if (offset + into.length > this.index.rawBytes) {
      throw new InvalidInputError(
        `${this.bytes.file.path} is cut off: it unpacks to ${this.index.rawBytes} bytes.`,
      );
    }
    this.seek(offset);
    for (let done = 0; done < into.length;) {
      const begin = offset + done - this.pieceStart;
      if (begin >= 0 && begin < this.piece.length) {
        const part = this.piece.subarray(begin, begin + into.length - done);
        into.set(part, done);
        done += part.length;
      } else await this.advance();
    }
  }

  /** Keeps the current stream unless the offset lies before its position, or a place of the index is closer. */
  private seek(offset: number): void {
    const place = this.index.places.findLast(({ raw }) => raw <= offset);
    const end = this.pieceStart + this.piece.length;
    const isHere = this.stream !== undefined && offset >= this.pieceStart;
    if (isHere && (offset < end || (place?.raw ?? 0) <= end)) return;
    this.stream = new DeflateStream(
      this.bytes,
      this.index.range,
      (this.inflater ??= new BlockInflater()),
      place === undefined ? undefined : unpackPlace(place),
      // The index was made of the whole file, and its checksums were right.
      false,
    );
    this.piece = new Uint8Array(0);
    this.pieceStart = place?.raw ?? 0;
  }

  private async advance(): Promise<void> {
    const piece = await this.stream?.next();
    if (piece === undefined || this.stream === undefined) {
      throw new InvalidInputError(`${this.bytes.file.path} has changed while it was read.`);
    }
    this.piece = piece;
    this.pieceStart = this.stream.rawStart;
  }
}

function unpackPlace({ bit, raw, window }: IndexPlace): DeflatePlace {
  return { bit, rawOffset: raw, window: inflateSync(Buffer.from(window, 'base64')) };
}
