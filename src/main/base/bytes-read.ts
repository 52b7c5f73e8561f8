let counted = 0;

/** Bytes that were read of files or fetched from hosts by this thread, as they are stored. */
export function countRead(bytes: number): void {
  counted += bytes;
}

/** What was counted since the last call. */
export function takeBytesRead(): number {
  const bytes = counted;
  counted = 0;
  return bytes;
}
