/**
 * Returns a generator of whole numbers from 0 to 2^32 - 1, which are the same for the same seed (Marsaglia's
 * xorshift).
 */
export function randomWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
