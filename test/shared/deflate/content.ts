/** Content for tests of compression and decompression. */
import fc from 'fast-check';
import { randomWords } from '../../random';

/**
 * Bytes in which deflate finds many, few or no matches: runs, repetitions at any distance, and noise, in any order.
 */
export const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 4000 }))
        .map(repeated),
      fc.integer({ min: 1, max: 40_000 }).map((length) => noise(length, length)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

function repeated([pattern, length]: [Uint8Array, number]): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length] ?? 0);
}

export function noise(length: number, seed: number): Uint8Array {
  const next = randomWords(seed);
  return Uint8Array.from({ length }, () => next() >>> 24);
}
