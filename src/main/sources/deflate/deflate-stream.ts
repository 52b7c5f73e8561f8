import { crc32 } from 'node:zlib';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { MOST_GIVEN_BYTES, type BlockInflater } from '../../../shared/deflate/block-inflater';
import type { FileBytes } from '../array/random-bytes';
import { gzipHeaderLength } from '../../places/gzip-header';

/** The range of compressed data in a file, in bytes, and the format around it. */
export interface DeflateRange {
  readonly start: number;
  readonly end: number;
  /** gzip: one or more gzip members. none: a single deflate stream, as in a zip archive. */
  readonly wrapper: 'gzip' | 'none';
}

/** A place at which unpacking can begin. */
export interface DeflatePlace {
  /** The offset in the file, in bits. */
  readonly bit: number;
  readonly rawOffset: number;
  /** The checksum and the number of the unpacked bytes before the place in the same gzip member. */
  readonly checksum: number;
  readonly memberBytes: number;
  /** The unpacked bytes before the place that later data may refer back to, at most 32 KiB. */
  readonly window: Uint8Array;
}

/** Headers with names and comments aren't longer than this. */
const HEADER_BYTES = 1 << 16;
const TRAILER_BYTES = 8;

/** Unpacks deflated data from a place on. */
export class DeflateStream {
  /** The offset of the bytes that {@link next} returned last, in unpacked bytes. */
  rawStart: number;
  /** The offset of the end of all unpacked bytes. */
  rawEnd: number;
  private given: number;
  /** Memory for what is read, as fresh memory for each part would cost more than to unpack it. */
  private readonly fed = new Uint8Array(Math.max(HEADER_BYTES, MOST_GIVEN_BYTES));
  private started = false;
  private ended = false;
  private checksum: number;
  private memberBytes: number;

  /**
   * @param inflater must be used only by this stream, until another stream is begun with it
   * @param place where to begin; undefined for the beginning
   * @param isChecked whether checksums are checked
   */
  constructor(
    private readonly bytes: FileBytes,
    private readonly range: DeflateRange,
    private readonly inflater: BlockInflater,
    private readonly place?: DeflatePlace,
    private readonly isChecked = true,
  ) {
    inflater.forget();
    this.rawStart = this.rawEnd = place?.rawOffset ?? 0;
    this.checksum = place?.checksum ?? 0;
    this.memberBytes = place?.memberBytes ?? 0;
    this.given = place === undefined ? range.start : Math.floor(place.bit / 8);
  }

  /** The checksum of what has been unpacked from the current member. */
  get crc(): number {
    return this.checksum;
  }

  /**
   * Returns the next unpacked bytes, or undefined at the end. The bytes are valid until the next call. `onBlock` is
   * called for each block, with a function that returns the place at which it begins. Its window is valid until
   * `onBlock` returns.
   * @throws InvalidInputError if the data is damaged or cut off
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
      if (this.isChecked) this.checksum = crc32(fresh, this.checksum);
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
        const { rawEnd: rawOffset, checksum, memberBytes } = this;
        onBlock?.(() => ({ bit, rawOffset, checksum, memberBytes, window: inflater.window() }), rawOffset);
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
    const more = this.fed.subarray(0, Math.min(length, this.range.end - this.given));
    await this.bytes.read(this.given, more);
    this.given += more.length;
    this.inflater.give(more);
  }

  /** Checks the checksum and the length after the last block of a gzip member. Another member may follow. */
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
    if (this.isChecked && !isSound) throw new InvalidInputError('its gzip checksum is wrong');
    this.checksum = this.memberBytes = 0;
    const header = gzipHeaderLength(rest.subarray(TRAILER_BYTES));
    if (header === undefined) this.ended = true;
    else this.inflater.restart(TRAILER_BYTES + header);
  }
}
