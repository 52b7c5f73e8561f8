/** Options of zlib's `inflateSync` and `gunzipSync`. */
interface UnpackOptions {
  readonly maxOutputLength: number;
  readonly chunkSize: number;
}

/** The default part size of Node's zlib, and the largest one that is worth its memory. */
const LEAST_PART_BYTES = 2 ** 14;
const MOST_PART_BYTES = 2 ** 24;
/** Part size per packed byte. Grey voxels unpack to about 1.5 times their packed size, so they fit into one part. */
const USUAL_RATIO = 4;
/** zlib allocates another part when one is full, even at the end. */
const SPARE_BYTES = 64;

/**
 * Returns the options for unpacking `packed` to at most `mostBytes`. By default, zlib collects its output in parts of
 * 16 KiB and joins them at the end, which takes a third of the time for a chunk of grey voxels. These parts are larger.
 */
export function unpackOptions(packed: Uint8Array, mostBytes: number): UnpackOptions {
  const usual = Math.min(USUAL_RATIO * packed.length, mostBytes + SPARE_BYTES, MOST_PART_BYTES);
  return { maxOutputLength: mostBytes, chunkSize: Math.max(LEAST_PART_BYTES, usual) };
}
