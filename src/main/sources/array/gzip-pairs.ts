import { unpackGzip, unpackGzipTo, unpackTwoGzip, type PackedMember } from '../../places/unpack-gzip';

/** A packed chunk that waits for another one. */
interface Waiting extends PackedMember {
  readonly mostBytes: number;
  settle(unpack: () => Uint8Array): void;
}

/**
 * Unpacks gzipped chunks of this thread two at a time, where two are read at the same time: that takes less time than
 * one after the other.
 */
class GzipPairs {
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
   * @throws an error of zlib if the data is damaged, cut off or larger
   */
  unpack(packed: Uint8Array, mostBytes: number, room?: Uint8Array): Promise<Uint8Array> {
    const first = this.waiting;
    if (first === undefined && this.readsUnderWay > 1) {
      return new Promise((resolve, reject) => {
        this.waiting = { packed, room, mostBytes, settle: settler(resolve, reject) };
      });
    }
    this.waiting = undefined;
    const most = first && Math.min(first.mostBytes, mostBytes);
    const both = first && unpackTwoGzip(first, { packed, room }, most ?? 0);
    first?.settle(() => both?.[0] ?? unpackOne(first, first.mostBytes));
    return new Promise((resolve, reject) => {
      settler(resolve, reject)(() => both?.[1] ?? unpackOne({ packed, room }, mostBytes));
    });
  }

  private unpackWaiting(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.settle(() => unpackOne(waiting, waiting.mostBytes));
  }
}

function unpackOne({ packed, room }: PackedMember, mostBytes: number): Uint8Array {
  return room !== undefined && unpackGzipTo(room, packed) ? room : unpackGzip(packed, mostBytes);
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

export const gzipPairs = new GzipPairs();
