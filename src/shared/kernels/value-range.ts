/** The smallest and the largest value of a range. */
export type ValueRange = readonly [low: number, high: number];

/** The share of values below the range in which an image is shown, and the share above it. */
export const SHARE_BEYOND = 0.005;

/**
 * Returns the range of the values without the `share` at each end, so that a few dead or bright voxels don't
 * determine it. If that leaves a single value, returns the range of all values; if there is only one value, or none,
 * undefined. NaN and infinities don't count.
 */
export function middleRange(values: Float64Array, share: number): ValueRange | undefined {
  const finite = values.filter(Number.isFinite).sort();
  const last = finite.length - 1;
  const at = (index: number) => finite[index] ?? NaN;
  const middle: ValueRange = [at(Math.floor(share * last)), at(Math.ceil((1 - share) * last))];
  if (middle[0] < middle[1]) return middle;
  return at(0) < at(last) ? [at(0), at(last)] : undefined;
}

/**
 * Returns the percentiles `100 · share` and `100 · (1 - share)` of the values, interpolated linearly between two values
 * as `numpy.percentile` does. Returns undefined if they are equal. NaN and infinities don't count.
 */
export function percentileRange(values: Float64Array, share: number): ValueRange | undefined {
  const finite = values.filter(Number.isFinite).sort();
  const at = (place: number) => {
    const [below, above] = [finite[Math.floor(place)] ?? NaN, finite[Math.ceil(place)] ?? NaN];
    return below + (above - below) * (place % 1);
  };
  const last = finite.length - 1;
  const range: ValueRange = [at(share * last), at((1 - share) * last)];
  return range[0] < range[1] ? range : undefined;
}

/**
 * Maps values linearly, `low` to 0 and `high` to `largest`, rounded half up. Values beyond are clipped, and NaN
 * becomes 0.
 */
export function mapToRange(
  values: ArrayLike<number | bigint>,
  [low, high]: ValueRange,
  largest: number,
  output: Uint8Array | Uint16Array | Uint32Array,
): void {
  const scale = largest / (high - low);
  for (let i = 0; i < output.length; i++) {
    const mapped = (Number(values[i]) - low) * scale;
    output[i] = mapped >= largest ? largest : mapped > 0 ? Math.floor(mapped + 0.5) : 0;
  }
}
