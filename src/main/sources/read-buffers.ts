/** The most bytes of memory that is used again. */
const SPARE_BYTES = 1 << 20;
/** As many as a thread fills at the same time. */
const MOST_SPARE = 4;

/** The memory of this thread that isn't in use. Each has {@link SPARE_BYTES}. */
const spare: ArrayBuffer[] = [];

/**
 * Returns memory for one read, with any content, from the beginning of its buffer. Fresh memory for each megabyte that is
 * read takes a tenth of the time in which strips are unpacked, so give it back when nothing refers to it any more.
 */
export function takeBuffer(lengthBytes: number): Uint8Array<ArrayBuffer> {
  if (lengthBytes > SPARE_BYTES) return new Uint8Array(lengthBytes);
  return new Uint8Array(spare.pop() ?? new ArrayBuffer(SPARE_BYTES), 0, lengthBytes);
}

export function giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (buffer.byteLength === SPARE_BYTES && spare.length < MOST_SPARE) spare.push(buffer);
}
