import { crc32 } from 'node:zlib';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { MOST_GIVEN_BYTES, type BlockInflater } from '../../../shared/deflate/block-inflater';
import type { FileBytes } from '../array/random-bytes';
import { gzipHeaderLength } from './gzip-header';

/** Where compressed data lies in a file, and what is around it. */
export interface DeflateRange {
  readonly start: number;
  readonly end: number;
  /** gzip: members, one or more; none: a single deflate stream, as in a zip archive. */
  readonly wrapper: 'gzip' | 'none';
}

/** A place where unpacking can begin. */
export interface DeflatePlace {
  /** In bits of the file. */
  readonly bit: number;
  readonly rawOffset: number;
  /** The 32 KiB before, as far as copies may reach back to them. */
  readonly window: Uint8Array;
}

/** Names and comments in headers aren't longer. */
const HEADER_BYTES = 1 << 16;
const TRAILER_BYTES = 8;

/** Deflated data, unpacked from a place on. */
export class DeflateStream {
  /** Of the bytes that the last {@link next} gave. */
  rawStart: number;
  private rawEnd: number;
  private given: number;
  private started = false;
  private ended = false;
  private checksum = 0;
  private memberBytes = 0;

  /**
   * @param inflater for this stream alone, until another one is begun with it
   * @param place undefined for the beginning. Only streams read from there check sums.
   */
  constructor(
    private readonly bytes: FileBytes,
    private readonly range: DeflateRange,
    private readonly inflater: BlockInflater,
    private readonly place?: DeflatePlace,
  ) {
    inflater.forget();
    this.rawStart = this.rawEnd = place?.rawOffset ?? 0;
    this.given = place === undefined ? range.start : Math.floor(place.bit / 8);
  }

  /** The sum of what was unpacked of the present member. */
  get crc(): number {
    return this.checksum;
  }

  /**
   * The next unpacked bytes, valid until the next call; undefined at the end. `onBlock` gets the places where
   * blocks begin.
   * @throws InvalidInputError where the data is damaged or cut off
   */
  async next(
    onBlock?: (place: () => DeflatePlace, rawOffset: number) => void,
  ): Promise<Uint8Array | undefined> {
    try {
      return await this.unpack(onBlock);
    } catch (error) {
      if (!isStudioError(error) || error.tag !== 'invalid-input' || error.remedy !== undefined) throw error;
      const where = `${this.bytes.file.path}: ${error.message}, after ${this.rawEnd} unpacked bytes.`;
      throw new InvalidInputError(where, {
        remedy: 'The file is cut off or damaged: copy it again from the original.',
        fields: { path: this.bytes.file.path },
      });
    }
  }

  private async unpack(
    onBlock?: (place: () => DeflatePlace, rawOffset: number) => void,
  ): Promise<Uint8Array | undefined> {
    if (!this.started) await this.start();
    const { inflater } = this;
    inflater.slide();
    this.rawStart = this.rawEnd;
    let hashed = 0;
    const hash = () => {
      const fresh = inflater.output.subarray(hashed);
      if (this.place === undefined) this.checksum = crc32(fresh, this.checksum);
      this.memberBytes += fresh.length;
      this.rawEnd += fresh.length;
      hashed += fresh.length;
    };
    while (!this.ended) {
      const state = inflater.run(this.given === this.range.end);
      if (state !== 'input') hash();
      if (state === 'output') break;
      if (state === 'input') await this.feed(MOST_GIVEN_BYTES);
      if (state === 'block') {
        const bit = this.given * 8 - inflater.unusedBits;
        const rawOffset = this.rawEnd;
        onBlock?.(() => ({ bit, rawOffset, window: inflater.window() }), rawOffset);
      }
      if (state === 'end') await this.endMember();
    }
    return hashed > 0 ? inflater.output : undefined;
  }

  private async start(): Promise<void> {
    this.started = true;
    await this.feed(HEADER_BYTES);
    if (this.place !== undefined) this.inflater.begin(this.place.bit % 8, this.place.window);
    else if (this.range.wrapper === 'gzip') {
      const header = gzipHeaderLength(this.inflater.rest());
      if (header === undefined) throw new InvalidInputError('its gzip header is damaged or cut off');
      this.inflater.restart(header);
    }
  }

  private async feed(length: number): Promise<void> {
    const more = new Uint8Array(Math.min(length, this.range.end - this.given));
    await this.bytes.read(this.given, more);
    this.given += more.length;
    this.inflater.give(more);
  }

  /** After the last block of a gzip member come its sum and its length; then another member may follow. */
  private async endMember(): Promise<void> {
    if (this.range.wrapper === 'none') {
      this.ended = true;
      return;
    }
    if (this.inflater.rest().length < HEADER_BYTES) await this.feed(HEADER_BYTES);
    const rest = this.inflater.rest();
    if (rest.length < TRAILER_BYTES) throw new InvalidInputError('its gzip data is cut off');
    const trailer = new DataView(rest.buffer, rest.byteOffset, TRAILER_BYTES);
    const isSound =
      trailer.getUint32(0, true) === this.checksum && trailer.getUint32(4, true) === this.memberBytes >>> 0;
    if (this.place === undefined && !isSound) throw new InvalidInputError('its gzip checksum is wrong');
    this.checksum = this.memberBytes = 0;
    const header = gzipHeaderLength(rest.subarray(TRAILER_BYTES));
    if (header === undefined) this.ended = true;
    else this.inflater.restart(TRAILER_BYTES + header);
  }
}
