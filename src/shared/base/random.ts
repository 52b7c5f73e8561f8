/**
 * Returns a generator of numbers from 0 (included) to 1 (excluded). The same seed gives the same numbers on any
 * machine (mulberry32 by Tommy Ettinger, in the public domain). It is meant for phantoms and tests, not for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mixBits(state) / 2 ** 32;
  };
}

/** Scrambles 32 bits so that neighbouring inputs give unrelated outputs; a permutation. */
export function mixBits(value: number): number {
  let t = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
  return (t ^ (t >>> 15)) >>> 0;
}
