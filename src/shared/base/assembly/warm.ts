/** How far apart words are of which the processor brings a whole line into its cache. */
const LINE_BYTES: usize = 64;

/** Rows up to so long are brought into the processor's cache beforehand; of longer ones it foresees most by itself. */
const SHORT_ROW_BYTES: usize = 1 << 10;
/** So much at a time, a third of what the nearest cache has. */
const WARM_BYTES: usize = 1 << 14;

/** How many results at a time to {@link warm} the rows of, if each needs `rows` rows of `width` bytes; 0 for none. */
export function warmedAtOnce(rows: usize, width: usize): usize {
  return width > SHORT_ROW_BYTES ? 0 : max<usize>(1, WARM_BYTES / (rows * width));
}

/** What was read, for the compiler, which leaves out what comes to nothing. */
export let read: u64 = 0;

/**
 * Brings voxels into the processor's cache: `depth` slices, `sliceBytes` apart, of `height` rows, `rowBytes` apart, of
 * `width` bytes, the first at `at`. Code that branches by what it reads waits for one row after another, each in a page
 * of its own; here nothing depends on what is read, and the processor waits for many at once.
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
