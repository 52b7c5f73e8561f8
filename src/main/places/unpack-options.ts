/** What zlib's `inflateSync` and `gunzipSync` are given. */
interface UnpackOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

/** The size of parts that Node's zlib takes by itself, and the largest one worth its memory. */
const LEAST_PART_BYTES = 2 ** 14;
const MOST_PART_BYTES = 2 ** 24;
/** Grey voxels unpack to about 1.5 times as many bytes, so that all of them are one part. */
const USUAL_RATIO = 4;
/** zlib asks for another part when one is full, even at the end. */
const SPARE_BYTES = 64;

/**
 * Returns how zlib should unpack `packed` to at most `mostBytes`. It collects its output in parts of 16 KiB by default and
 * joins them at the end, which takes a third of the time to unpack a chunk of grey voxels; here parts are larger.
 */
export function unpackOptions(packed: Uint8Array, mostBytes: number): UnpackOptions {
  const usual = Math.min(USUAL_RATIO * packed.length, mostBytes + SPARE_BYTES, MOST_PART_BYTES);
  return { maxOutputLength: mostBytes, chunkSize: Math.max(LEAST_PART_BYTES, usual) };
}
