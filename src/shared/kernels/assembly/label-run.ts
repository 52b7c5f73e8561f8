/** Runs of equal labels in rows of voxels. */

/** Returns the first address from `at` on, up to `end`, that has another label. */
export function endOfRun<T>(at: usize, end: usize, label: T): usize {
  const wanted = v128.splat<T>(label);
  while (at + 64 <= end) {
    const first = v128.and(i8x16.eq(v128.load(at), wanted), i8x16.eq(v128.load(at, 16), wanted));
    const second = v128.and(i8x16.eq(v128.load(at, 32), wanted), i8x16.eq(v128.load(at, 48), wanted));
    if (!i8x16.all_true(v128.and(first, second))) break;
    at += 64;
  }
  while (at + 16 <= end) {
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    // Labels that agree only in some bytes are different.
    if (same !== 0xffff) return at + (ctz(~same) & ~(sizeof<T>() - 1));
    at += 16;
  }
  while (at < end && load<T>(at) === label) at += sizeof<T>();
  return at;
}
