import { READ_BYTES } from './segments';

/** As many as a thread fills at the same time. */
const MOST_SPARE = 4;

/** The memory of this thread that isn't in use. Each has {@link READ_BYTES}. */
const spare: Uint8Array<ArrayBuffer>[] = [];

/**
 * Returns memory for one read, with any content. Fresh memory for each megabyte that is read takes a tenth of the time
 * in which strips are unpacked, so give it back when nothing refers to it any more.
 */
export function takeBuffer(lengthBytes: number): Uint8Array<ArrayBuffer> {
  if (lengthBytes > READ_BYTES) return new Uint8Array(lengthBytes);
  return (spare.pop() ?? new Uint8Array(READ_BYTES)).subarray(0, lengthBytes);
}

export function giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (buffer.byteLength === READ_BYTES && spare.length < MOST_SPARE) spare.push(new Uint8Array(buffer));
}
