let counted = 0;

/** Counts bytes that this thread read from files or fetched from hosts, in their stored form. */
export function countRead(bytes: number): void {
  counted += bytes;
}

/** Returns the number of bytes that were counted since the last call. */
export function takeBytesRead(): number {
  const bytes = counted;
  counted = 0;
  return bytes;
}
