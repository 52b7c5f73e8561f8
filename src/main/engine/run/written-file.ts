/** A file that is in place: its path and its size. */
export type WrittenFile = readonly [path: string, bytes: number];
