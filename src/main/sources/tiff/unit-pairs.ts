import type { Unpacking } from '../../../shared/deflate/inflate';
import type { DecompressTwo } from './decode/decompress';

/** Larger units are decoded by themselves, as to wait for a second one would need memory that no plan counts. */
const MOST_PAIRED_BYTES = 1 << 20;

/** A strip or tile whose bytes were read. */
export interface PendingUnit extends Unpacking {
  /** Decompresses the stream, unless that was done already, and puts its voxels in their place. */
  decode(stream: Uint8Array, unpacked?: Uint8Array): void;
}

/**
 * Decompresses units two at a time, whichever slices of a read they are from. There is no await between decompressing
 * and copying, so parallel reads never hold more than two decompressed units.
 */
export class UnitPairs {
  private waiting: PendingUnit | undefined;

  /**
   * Decodes the unit now, or with the next one if two can be decompressed at once.
   * @throws the errors of this unit and of the one before
   */
  add(unit: PendingUnit, decompressTwo: DecompressTwo | undefined): void {
    const first = this.waiting;
    if (decompressTwo === undefined || unit.lengthBytes > MOST_PAIRED_BYTES) {
      unit.decode(unit.stream);
    } else if (first === undefined) {
      this.waiting = unit;
    } else {
      this.waiting = undefined;
      const both = decompressTwo(first, unit);
      first.decode(first.stream, both?.[0]);
      unit.decode(unit.stream, both?.[1]);
    }
  }

  /** Copies the stored bytes of the unit that waits, if they are in `buffer`, which is used for something else now. */
  leave(buffer: ArrayBufferLike): void {
    if (this.waiting?.stream.buffer !== buffer) return;
    this.waiting = { ...this.waiting, stream: new Uint8Array(this.waiting.stream) };
  }

  /** Decodes the unit that is left. */
  end(): void {
    const last = this.waiting;
    this.waiting = undefined;
    last?.decode(last.stream);
  }
}
