/** The least and the largest value of a range. */
export type ValueRange = readonly [low: number, high: number];

/**
 * The range of the values but for the `share` at each end, so that some dead or bright voxels don't decide it; of all
 * where that leaves one value; undefined where there is but one value, or none. NaN and infinities don't count.
 *
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
 * Maps values linearly, `low` to 0 and `high` to `largest`, rounded half up; what is beyond is cut, NaN becomes 0.
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
