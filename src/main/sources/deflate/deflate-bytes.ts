import { Turns } from '../../base/turns';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { BlockInflater } from '../../../shared/deflate/block-inflater';
import { FileBytes, type FileRef, type RandomBytes } from '../array/random-bytes';
import { checkCrc, unpackPlace, type DeflateIndex } from './deflate-index';
import { DeflateStream, type DeflatePlace } from './deflate-stream';
import type { GrowingIndex } from './growing-index';
import { KeptBytes } from './kept-bytes';
import { openIndex } from './shared-indexes';

/**
 * Reads deflated data as if it were unpacked. Reads in ascending order are cheap. Other reads begin at the last place
 * of the index before their offset.
 */
export class DeflateBytes implements RandomBytes {
  private readonly bytes: FileBytes;
  private readonly growing: GrowingIndex | undefined;
  private readonly kept: KeptBytes | undefined;
  private inflater: BlockInflater | undefined;
  private stream: DeflateStream | undefined;
  private piece: Uint8Array = new Uint8Array(0);
  private pieceStart = 0;
  private readonly turns = new Turns();

  constructor(
    file: FileRef,
    private readonly index: DeflateIndex,
  ) {
    this.bytes = new FileBytes(file);
    if (index.places !== undefined) return;
    const { index: growing, kept } = openIndex(file, index);
    this.growing = growing;
    this.kept = kept && new KeptBytes(kept);
  }

  /** Reads one part after the other, because all reads share one stream. */
  read(offsetBytes: number, into: Uint8Array): Promise<void> {
    return this.turns.take(() => this.readNow(offsetBytes, into));
  }

  async close(): Promise<void> {
    await this.turns.over();
    this.stream = this.inflater = undefined;
    await this.kept?.close();
    await this.bytes.close();
  }

  private async readNow(offset: number, into: Uint8Array): Promise<void> {
    if (offset + into.length > this.index.rawBytes) {
      throw new InvalidInputError(
        `${this.bytes.file.path} is cut off: it unpacks to ${this.index.rawBytes} bytes.`,
      );
    }
    try {
      await this.fill(offset, into);
    } catch (error) {
      throw this.growing === undefined ? error : spoilt(error);
    }
  }

  private async fill(offset: number, into: Uint8Array): Promise<void> {
    for (let done = (await this.kept?.read(offset, into)) ?? 0; done < into.length;) {
      const wanted = offset + done;
      this.seek(wanted);
      const begin = wanted - this.pieceStart;
      if (begin < this.piece.length) {
        const part = this.piece.subarray(begin, begin + into.length - done);
        into.set(part, done);
        done += part.length;
      } else await this.advance(wanted);
    }
  }

  /** Keeps the current stream unless the offset lies before its position, or a place of the index is closer. */
  private seek(offset: number): void {
    const end = this.pieceStart + this.piece.length;
    const isHere = this.stream !== undefined && offset >= this.pieceStart;
    if (isHere && offset < end) return;
    const place = this.placeBefore(offset);
    if (isHere && (place?.rawOffset ?? 0) <= end) return;
    this.stream = new DeflateStream(
      this.bytes,
      this.index.range,
      (this.inflater ??= new BlockInflater()),
      place,
      // A whole index was made of the whole file, and its checksums were right.
      this.growing !== undefined,
    );
    this.piece = new Uint8Array(0);
    this.pieceStart = place?.rawOffset ?? 0;
  }

  private placeBefore(offset: number): DeflatePlace | undefined {
    if (this.growing !== undefined) return this.growing.before(offset);
    const place = this.index.places?.findLast(({ raw }) => raw <= offset);
    return place && unpackPlace(place);
  }

  /** @param wanted the offset of the next byte that is needed */
  private async advance(wanted: number): Promise<void> {
    const { growing, stream } = this;
    const reached = growing?.reachedBytes ?? 0;
    // If this fails, the stream can't continue.
    this.stream = undefined;
    const piece = await stream?.next(
      growing &&
        ((place, rawOffset) => {
          growing.pass(rawOffset, place);
        }),
    );
    if (piece === undefined || stream === undefined) throw this.otherLength();
    const end = stream.rawStart + piece.length;
    this.pieceStart = stream.rawStart;
    this.piece = end < this.index.rawBytes ? piece : piece.slice();
    if (growing !== undefined && end >= this.index.rawBytes) await this.finish(stream, growing);
    this.stream = stream;
    if (growing === undefined || end <= reached) return;
    const fresh = Math.max(reached, this.pieceStart);
    await this.kept?.keep(this.piece.subarray(fresh - this.pieceStart), fresh, wanted);
    growing.reach(end);
  }

  /** Checks that nothing follows the last byte but a right checksum, unless this was checked before. */
  private async finish(stream: DeflateStream, growing: GrowingIndex): Promise<void> {
    if (growing.isComplete) return;
    await stream.next();
    if (stream.rawEnd !== this.index.rawBytes) throw this.otherLength();
    checkCrc(this.bytes.file, stream, this.index.crc);
    growing.complete();
  }

  private otherLength(): InvalidInputError {
    const { path } = this.bytes.file;
    return new InvalidInputError(`${path} doesn't unpack to ${this.index.rawBytes} bytes.`, {
      remedy: 'The file is damaged, or has changed while it was read: copy it again from the original.',
      fields: { path },
    });
  }
}

/** Marks an error in data whose checksum wasn't known before: what was unpacked before it may be wrong too. */
function spoilt(error: unknown): unknown {
  if (!isStudioError(error) || error.tag !== 'invalid-input') return error;
  const { words, details, fields, cause } = error;
  const { message, ...rest } = words;
  return new InvalidInputError(message, { ...rest, details, fields: { ...fields, spoilsAll: true }, cause });
}
