/**
 * The places in deflated data at which decompression can begin, found while the data is unpacked for the first time.
 * All threads share one index, so that each goes on where another one ended, and nothing is unpacked only to find
 * these places.
 *
 * The memory begins with three 32-bit numbers: how many places there are, how many recent places were noted so far, and
 * whether the whole data was unpacked and its checksums were right. Then follow doubles: the length of what was
 * unpacked, the two ends of what {@link KeptBytes} holds, and five for each place. The windows of the places come last.
 */
import type { DeflatePlace } from './deflate-stream';

/** The index is in memory, so it must not grow with the file. */
const MOST_PLACES = 256;
const LEAST_SPAN_BYTES = 2 ** 20;
/** The last places are kept close together: the next part is mostly read where the last one ended. */
const RECENT_PLACES = 24;
const RECENT_SPAN_BYTES = 2 ** 16;

const HEAD_BYTES = 64;
const KEPT_START = 1;
const KEPT_END = 2;
const FIRST_PLACE = 3;
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
    this.counts = new Int32Array(memory, 0, 3);
    this.numbers = new Float64Array(memory, HEAD_BYTES, (WINDOWS_AT - HEAD_BYTES) / 8);
    this.windows = new Uint8Array(memory, WINDOWS_AT);
  }

  /** Whether all of the data was unpacked, from its beginning to its end. */
  get isComplete(): boolean {
    return Atomics.load(this.counts, 2) === 1;
  }

  /** The number of unpacked bytes, counted from the beginning. */
  get reachedBytes(): number {
    return this.numbers[0] ?? 0;
  }

  /** The range of unpacked bytes that are kept in a file. */
  get kept(): readonly [start: number, end: number] {
    return [this.numbers[KEPT_START] ?? 0, this.numbers[KEPT_END] ?? 0];
  }

  set kept([start, end]: readonly [number, number]) {
    this.numbers[KEPT_START] = start;
    this.numbers[KEPT_END] = end;
  }

  /** Returns the last known place that isn't after `offset`. */
  before(offset: number): DeflatePlace | undefined {
    let best: number | undefined;
    const consider = (slot: number): void => {
      if (this.rawOffset(slot) > offset) return;
      if (best === undefined || this.rawOffset(slot) > this.rawOffset(best)) best = slot;
    };
    for (let i = 0; i < Math.min(RECENT_PLACES, Atomics.load(this.counts, 1)); i++) consider(i);
    for (let i = 0; i < Atomics.load(this.counts, 0); i++) consider(RECENT_PLACES + i);
    return best === undefined ? undefined : this.placeAt(best);
  }

  /**
   * Notes that the data was unpacked up to a block, which begins at `rawOffset`. Only one thread may unpack what wasn't
   * unpacked before.
   * @param place returns the place
   */
  pass(rawOffset: number, place: () => DeflatePlace): void {
    if (rawOffset <= this.reachedBytes) return;
    const [places, recent] = [Atomics.load(this.counts, 0), Atomics.load(this.counts, 1)];
    const lastRecent = recent === 0 ? 0 : this.rawOffset((recent - 1) % RECENT_PLACES);
    if (rawOffset - lastRecent >= RECENT_SPAN_BYTES) {
      this.store(recent % RECENT_PLACES, place());
      Atomics.store(this.counts, 1, recent + 1);
    }
    const last = places === 0 ? 0 : this.rawOffset(RECENT_PLACES + places - 1);
    const isFull = this.windows.length < (RECENT_PLACES + places + 1) * WINDOW_BYTES;
    if (rawOffset - last >= spanOf(this.rawBytes) && !isFull) {
      this.store(RECENT_PLACES + places, place());
      Atomics.store(this.counts, 0, places + 1);
    }
  }

  /** Notes that the data was unpacked up to `rawOffset`. */
  reach(rawOffset: number): void {
    if (rawOffset > this.reachedBytes) this.numbers[0] = rawOffset;
  }

  /** Notes that the end was reached, and that all checksums were right. */
  complete(): void {
    Atomics.store(this.counts, 2, 1);
  }

  private rawOffset(slot: number): number {
    return this.numbers[FIRST_PLACE + NUMBERS_EACH * slot + 1] ?? 0;
  }

  private store(slot: number, { bit, rawOffset, checksum, memberBytes, window }: DeflatePlace): void {
    this.numbers.set(
      [bit, rawOffset, checksum, memberBytes, window.length],
      FIRST_PLACE + NUMBERS_EACH * slot,
    );
    this.windows.set(window, slot * WINDOW_BYTES);
  }

  private placeAt(slot: number): DeflatePlace {
    const at = FIRST_PLACE + NUMBERS_EACH * slot;
    const [bit = 0, rawOffset = 0, checksum = 0, memberBytes = 0, length = 0] = this.numbers.subarray(
      at,
      at + NUMBERS_EACH,
    );
    const window = this.windows.subarray(slot * WINDOW_BYTES, slot * WINDOW_BYTES + length);
    return { bit, rawOffset, checksum, memberBytes, window };
  }
}
