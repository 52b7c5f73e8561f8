export type NarrowLabels = Uint8Array | Uint16Array | Uint32Array;

/** Two views of the same 64-bit labels: as doubles, and as pairs of words with the lower one first. */
export interface PairLabels {
  readonly doubles: Float64Array;
  readonly words: Int32Array;
}

export function pairLabels({ buffer, byteOffset, length }: BigUint64Array): PairLabels {
  return {
    doubles: new Float64Array(buffer, byteOffset, length),
    words: new Int32Array(buffer, byteOffset, length * 2),
  };
}

/** Returns the end of the run of equal labels that starts at `begin`. */
export function narrowRunEnd(labels: NarrowLabels, begin: number, end: number): number {
  const run = labels[begin];
  let i = (begin + 1) | 0;
  const last = (end - 4) | 0;
  while (
    i <= last &&
    labels[i] === run &&
    labels[(i + 1) | 0] === run &&
    labels[(i + 2) | 0] === run &&
    labels[(i + 3) | 0] === run
  ) {
    i = (i + 4) | 0;
  }
  while (i < end && labels[i] === run) i = (i + 1) | 0;
  return i;
}

/**
 * Does the same for 64-bit labels. Comparing doubles compares both words at once, except for ids that are zero or not
 * a number as doubles (0 and 2^63 are +0 and -0, which are equal).
 */
export function pairRunEnd(doubles: Float64Array, words: Int32Array, begin: number, end: number): number {
  const run = doubles[begin] ?? 0;
  let i = (begin + 1) | 0;
  if (run === 0 || Number.isNaN(run)) {
    const low = words[2 * begin];
    const high = words[2 * begin + 1];
    while (i < end && words[(2 * i) | 0] === low && words[(2 * i + 1) | 0] === high) i = (i + 1) | 0;
    return i;
  }
  const last = (end - 4) | 0;
  while (
    i <= last &&
    doubles[i] === run &&
    doubles[(i + 1) | 0] === run &&
    doubles[(i + 2) | 0] === run &&
    doubles[(i + 3) | 0] === run
  ) {
    i = (i + 4) | 0;
  }
  while (i < end && doubles[i] === run) i = (i + 1) | 0;
  return i;
}
