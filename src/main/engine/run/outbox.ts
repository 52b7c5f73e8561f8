/** Bytes of objects that wait in memory to be sent. */
const MOST_HELD_BYTES = 48 << 20;

/** What workers have to know of a dataset that is sent on as it is made; may go to them. */
export interface Outbox {
  /** Bytes that wait in memory, one number for all threads. */
  readonly held: SharedArrayBuffer;
  /** Folders of the dataset whose files stay here, as later stages read them. */
  readonly kept: readonly string[];
}

export function newOutbox(kept: ReadonlySet<string>): Outbox {
  return { held: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT), kept: [...kept] };
}

/** Whether an object may wait in memory, in place of a file; if so, it counts till {@link letGo}. */
export function takesIn({ held, kept }: Outbox, key: string, bytes: number): boolean {
  if (kept.includes(key.slice(0, Math.max(0, key.lastIndexOf('/'))))) return false;
  const count = new BigInt64Array(held);
  const before = Atomics.add(count, 0, BigInt(bytes));
  if (before + BigInt(bytes) <= MOST_HELD_BYTES) return true;
  Atomics.sub(count, 0, BigInt(bytes));
  return false;
}

/** An object that was taken in has been sent. */
export function letGo({ held }: Outbox, bytes: number): void {
  Atomics.sub(new BigInt64Array(held), 0, BigInt(bytes));
}
