/** The most bytes of objects that may wait in memory to be sent. */
const MOST_HELD_BYTES = 48 << 20;

/** State that workers need while a dataset is sent as it is made. It can be passed to workers. */
export interface Outbox {
  /** Bytes that wait in memory, a counter that all threads share. */
  readonly held: SharedArrayBuffer;
  /** Folders of the dataset whose files stay here, as later stages read them. */
  readonly kept: readonly string[];
}

export function newOutbox(kept: ReadonlySet<string>): Outbox {
  return { held: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT), kept: [...kept] };
}

/**
 * Reports whether an object may wait in memory instead of being written to a file. If so, its bytes count until
 * {@link letGo}.
 */
export function takesIn({ held, kept }: Outbox, key: string, bytes: number): boolean {
  if (kept.includes(key.slice(0, Math.max(0, key.lastIndexOf('/'))))) return false;
  const count = new BigInt64Array(held);
  const before = Atomics.add(count, 0, BigInt(bytes));
  if (before + BigInt(bytes) <= MOST_HELD_BYTES) return true;
  Atomics.sub(count, 0, BigInt(bytes));
  return false;
}

/** Subtracts the bytes of an object that has been sent. */
export function letGo({ held }: Outbox, bytes: number): void {
  Atomics.sub(new BigInt64Array(held), 0, BigInt(bytes));
}
