/**
 * The places in deflated data at which decompression can begin, found while the data is unpacked for the first time.
 * All threads share one index, so that each continues where another one ended, and nothing is unpacked only to find
 * these places.
 *
 * The memory begins with 32-bit numbers: how many places there are, how many recent places were noted so far, whether
 * the whole data was unpacked and its checksums were right, and a version for each place. Then follow doubles: the
 * length of what was unpacked, and five for each place. The windows of the places come last.
 *
 * A job unpacks in one thread at a time, but the app may show the same file meanwhile. So a place that is being written
 * has an odd version, and a place that was read counts only if its version is still the same (a seqlock).
 */
import type { DeflatePlace } from './deflate-stream';

/** The index is in memory, so it must not grow with the file. */
const MOST_PLACES = 256;
const LEAST_SPAN_BYTES = 2 ** 20;
/** The last places are kept close together: the next part is mostly read where the last one ended. */
const RECENT_PLACES = 24;
const RECENT_SPAN_BYTES = 2 ** 16;

/** The places in {@link GrowingIndex}'s numbers of 32 bits. */
const PLACES = 0;
const RECENT = 1;
const COMPLETE = 2;
const FIRST_VERSION = 4;

const HEAD_BYTES = 4 * (FIRST_VERSION + MOST_PLACES + RECENT_PLACES);
const FIRST_PLACE = 1;
const NUMBERS_EACH = 5;
const WINDOW_BYTES = 2 ** 15;
const WINDOWS_AT = HEAD_BYTES + 8 * (FIRST_PLACE + NUMBERS_EACH * (MOST_PLACES + RECENT_PLACES));

/** Returns the distance between the places of an index, in unpacked bytes. */
export function spanOf(rawBytes: number): number {
  return Math.max(LEAST_SPAN_BYTES, Math.ceil(rawBytes / MOST_PLACES));
}

export class GrowingIndex {
  private readonly counts: Int32Array;
  private readonly numbers: Float64Array;
  private readonly windows: Uint8Array;

  /** @param rawBytes the length of the unpacked data */
  static begin(rawBytes: number): GrowingIndex {
    const places = Math.min(MOST_PLACES, Math.ceil(rawBytes / spanOf(rawBytes)));
    return new GrowingIndex(
      new SharedArrayBuffer(WINDOWS_AT + WINDOW_BYTES * (RECENT_PLACES + places)),
      rawBytes,
    );
  }

  constructor(
    readonly memory: SharedArrayBuffer,
    readonly rawBytes: number,
  ) {
    this.counts = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.numbers = new Float64Array(memory, HEAD_BYTES, (WINDOWS_AT - HEAD_BYTES) / 8);
    this.windows = new Uint8Array(memory, WINDOWS_AT);
  }

  /** Whether all of the data was unpacked, from its beginning to its end. */
  get isComplete(): boolean {
    return Atomics.load(this.counts, COMPLETE) === 1;
  }

  /** The number of unpacked bytes, counted from the beginning. */
  get reachedBytes(): number {
    return this.numbers[0] ?? 0;
  }

  /** Returns the last known place that isn't after `offset`. */
  before(offset: number): DeflatePlace | undefined {
    for (;;) {
      const best = this.bestBefore(offset);
      if (best === undefined) return undefined;
      const place = this.placeAt(best.slot);
      if (this.version(best.slot) === best.version) return place;
    }
  }

  /**
   * Notes that the data was unpacked up to a block, which begins at `rawOffset`. If several threads unpack what wasn't
   * unpacked before, each notes other places.
   * @param place returns the place
   */
  pass(rawOffset: number, place: () => DeflatePlace): void {
    if (rawOffset <= this.reachedBytes) return;
    const [places, recent] = [Atomics.load(this.counts, PLACES), Atomics.load(this.counts, RECENT)];
    const lastRecent = recent === 0 ? 0 : this.rawOffset((recent - 1) % RECENT_PLACES);
    if (rawOffset - lastRecent >= RECENT_SPAN_BYTES && this.claim(RECENT, recent))
      this.store(recent % RECENT_PLACES, place());
    const last = places === 0 ? 0 : this.rawOffset(RECENT_PLACES + places - 1);
    const isFull = this.windows.length < (RECENT_PLACES + places + 1) * WINDOW_BYTES;
    if (rawOffset - last >= spanOf(this.rawBytes) && !isFull && this.claim(PLACES, places))
      this.store(RECENT_PLACES + places, place());
  }

  /** Notes that the data was unpacked up to `rawOffset`. */
  reach(rawOffset: number): void {
    if (rawOffset > this.reachedBytes) this.numbers[0] = rawOffset;
  }

  /** Notes that the end was reached, and that all checksums were right. */
  complete(): void {
    Atomics.store(this.counts, COMPLETE, 1);
  }

  private bestBefore(offset: number): { readonly slot: number; readonly version: number } | undefined {
    let best: { slot: number; version: number; rawOffset: number } | undefined;
    const consider = (slot: number): void => {
      const version = this.version(slot);
      const rawOffset = this.rawOffset(slot);
      const isWritten = version > 0 && version % 2 === 0;
      if (isWritten && rawOffset <= offset && rawOffset > (best?.rawOffset ?? -1))
        best = { slot, version, rawOffset };
    };
    for (let i = 0; i < Math.min(RECENT_PLACES, Atomics.load(this.counts, RECENT)); i++) consider(i);
    for (let i = 0; i < Atomics.load(this.counts, PLACES); i++) consider(RECENT_PLACES + i);
    return best;
  }

  /** Claims the next place of a list for this thread. @returns false if another thread did so first */
  private claim(list: number, count: number): boolean {
    return Atomics.compareExchange(this.counts, list, count, count + 1) === count;
  }

  private version(slot: number): number {
    return Atomics.load(this.counts, FIRST_VERSION + slot);
  }

  private rawOffset(slot: number): number {
    return this.numbers[FIRST_PLACE + NUMBERS_EACH * slot + 1] ?? 0;
  }

  /** Stores a place, unless another thread is storing one there, or was ended while it did. */
  private store(slot: number, { bit, rawOffset, checksum, memberBytes, window }: DeflatePlace): void {
    const [at, version] = [FIRST_VERSION + slot, this.version(slot)];
    if (version % 2 === 1 || Atomics.compareExchange(this.counts, at, version, version + 1) !== version)
      return;
    this.numbers.set(
      [bit, rawOffset, checksum, memberBytes, window.length],
      FIRST_PLACE + NUMBERS_EACH * slot,
    );
    this.windows.set(window, slot * WINDOW_BYTES);
    Atomics.store(this.counts, at, version + 2);
  }

  /** Copies a place, since another thread may write over it. */
  private placeAt(slot: number): DeflatePlace {
    const at = FIRST_PLACE + NUMBERS_EACH * slot;
    const [bit = 0, rawOffset = 0, checksum = 0, memberBytes = 0, length = 0] = this.numbers.subarray(
      at,
      at + NUMBERS_EACH,
    );
    const window = this.windows.slice(slot * WINDOW_BYTES, slot * WINDOW_BYTES + length);
    return { bit, rawOffset, checksum, memberBytes, window };
  }
}
