import { CancelledError } from '../../shared/base/errors';
import { AdaptiveLimit } from '../base/adaptive-limit';
import { Retrier } from '../base/retrier';
import { callsThrough } from './calls-through';
import { sendObject, type OutgoingObject, type Place } from './place';

/** An object that has arrived. */
export interface SentObject {
  readonly key: string;
  /** MD5 of the bytes that were sent, hexadecimal. */
  readonly md5: string;
  readonly remoteBytes: number;
  readonly tag: string;
}

/** Bytes of objects that may be in memory at once. */
const MOST_BYTES = 96 << 20;
/** Number of parts of a large object that are sent at the same time. */
const PARTS_IN_MEMORY = 4;

/** Sends objects to a place, as many at once as it can handle, and repeats transfers that failed temporarily. */
export class Sender {
  /** The place, with calls that are repeated. */
  readonly place: Place;
  private readonly admitting: Place;
  private readonly limit: AdaptiveLimit;
  private readonly retrier: Retrier;

  /**
   * @param firstDelayMs longest wait before the first retry
   * @param admit is called before each attempt to send an object or a part of one, and throws if that must not be sent
   */
  constructor(
    place: Place,
    private readonly signal: AbortSignal,
    firstDelayMs?: number,
    admit: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.limit = new AdaptiveLimit(place.parallel.start, place.parallel.most, MOST_BYTES);
    this.retrier = new Retrier(signal, firstDelayMs, this.limit);
    this.place = callsThrough(place, this.retrier.run);
    const admitted = callsThrough(place, async (call) => {
      await admit();
      return call();
    });
    this.admitting = callsThrough(admitted, this.retrier.run);
  }

  get retries(): number {
    return this.retrier.retries;
  }

  /** The current limit of simultaneous transfers. */
  get parallel(): number {
    return this.limit.parallel;
  }

  /** Waits until the limit allows one more transfer, then begins it. */
  async begin(
    sizeBytes: number,
    open: () => Promise<OutgoingObject>,
  ): Promise<{ readonly sent: Promise<SentObject> }> {
    const held = Math.min(sizeBytes, PARTS_IN_MEMORY * this.place.partBytes);
    await this.limit.acquire(held);
    const send = async (): Promise<SentObject> => {
      try {
        if (this.signal.aborted) throw new CancelledError();
        const object = await open();
        const tag = await sendObject(this.admitting, object, this.signal);
        return { key: object.key, md5: object.md5, remoteBytes: object.sizeBytes, tag };
      } finally {
        this.limit.release(held);
      }
    };
    return { sent: send() };
  }
}
