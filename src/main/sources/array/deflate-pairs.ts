import { unpackGzip, unpackGzipTo, unpackTwoGzip, type PackedMember } from '../../places/unpack-gzip';
import { unpackTwoZlib, unpackZlib } from './unpack-zlib';

/** How a chunk is unpacked alone, and two in turns: undefined if they have to be unpacked one after the other. */
interface Packing {
  one(chunk: PackedMember, mostBytes: number): Uint8Array;
  two(
    first: PackedMember,
    second: PackedMember,
    mostBytes: number,
  ): readonly [Uint8Array, Uint8Array] | undefined;
}

export const GZIP: Packing = {
  one: ({ packed, room }, mostBytes) =>
    room !== undefined && unpackGzipTo(room, packed) ? room : unpackGzip(packed, mostBytes),
  two: unpackTwoGzip,
};
/** Streams whose unpacked length is known, and given as the most bytes. */
export const ZLIB: Packing = { one: unpackZlib, two: unpackTwoZlib };

/** A packed chunk that waits for another one. */
interface Waiting extends PackedMember {
  readonly packing: Packing;
  readonly mostBytes: number;
  settle(unpack: () => Uint8Array): void;
}

/**
 * Unpacks deflated chunks of this thread two at a time, where two are read at the same time: that takes less time than
 * one after the other.
 */
class DeflatePairs {
  private readsUnderWay = 0;
  private waiting: Waiting | undefined;

  /** Runs `read`, which may unpack a chunk. A chunk that waits for it is unpacked at its end at the latest. */
  async during<T>(read: () => Promise<T>): Promise<T> {
    this.readsUnderWay++;
    try {
      return await read();
    } finally {
      this.readsUnderWay--;
      if (this.readsUnderWay <= 1) this.unpackWaiting();
    }
  }

  /**
   * Unpacks a chunk to at most `mostBytes`, now or when another read under way comes to its own chunk or to its end. The
   * result is in `room` if it fills that and a kernel can work there.
   * @throws an error of the packing if the data is damaged, cut off or larger
   */
  unpack(packing: Packing, packed: Uint8Array, mostBytes: number, room?: Uint8Array): Promise<Uint8Array> {
    if (this.waiting?.packing !== packing) this.unpackWaiting();
    const first = this.waiting;
    if (first === undefined && this.readsUnderWay > 1) {
      return new Promise((resolve, reject) => {
        this.waiting = { packing, packed, room, mostBytes, settle: settler(resolve, reject) };
      });
    }
    this.waiting = undefined;
    const most = first && Math.min(first.mostBytes, mostBytes);
    const both = first && packing.two(first, { packed, room }, most ?? 0);
    first?.settle(() => both?.[0] ?? packing.one(first, first.mostBytes));
    return new Promise((resolve, reject) => {
      settler(resolve, reject)(() => both?.[1] ?? packing.one({ packed, room }, mostBytes));
    });
  }

  private unpackWaiting(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.settle(() => waiting.packing.one(waiting, waiting.mostBytes));
  }
}

function settler<T>(resolve: (value: T) => void, reject: (error: unknown) => void): (work: () => T) => void {
  return (work) => {
    try {
      resolve(work());
    } catch (error) {
      reject(error);
    }
  };
}

export const deflatePairs = new DeflatePairs();
