/** The size of a cache line: reading one word brings in the whole line. */
const LINE_BYTES: usize = 64;

/**
 * Rows up to this length are brought into the cache in advance. The processor prefetches most of a longer row
 * automatically.
 */
const SHORT_ROW_BYTES: usize = 1 << 10;
/** How much is brought in at a time: a third of the size of the first-level cache. */
const WARM_BYTES: usize = 1 << 14;

/**
 * Returns for how many results at a time to {@link warm} the rows, if each needs `rows` rows of `width` bytes; 0 if
 * rows shouldn't be warmed.
 */
export function warmedAtOnce(rows: usize, width: usize): usize {
  return width > SHORT_ROW_BYTES ? 0 : max<usize>(1, WARM_BYTES / (rows * width));
}

/** The sum of the bytes that were read. Without a use of it, the compiler would leave the reading out. */
export let read: u64 = 0;

/**
 * Brings voxels into the processor's cache: `depth` slices, `sliceBytes` apart, of `height` rows, `rowBytes` apart,
 * of `width` bytes, starting at `at`. Code that branches on what it reads waits for one row after another, each in a
 * page of its own. Here nothing depends on what is read, so the processor waits for many rows at once.
 */
export function warm(
  at: usize,
  rowBytes: usize,
  sliceBytes: usize,
  width: usize,
  height: usize,
  depth: usize,
): void {
  let sum: u64 = 0;
  for (let z: usize = 0; z < depth; z++) {
    for (let y: usize = 0; y < height; y++) {
      const row = at + z * sliceBytes + y * rowBytes;
      for (let x: usize = 0; x < width; x += LINE_BYTES) sum += load<u8>(row + x);
    }
  }
  read = sum;
}
