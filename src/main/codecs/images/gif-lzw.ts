/** Codes have 2 to 12 bits, the lowest first. */
const MOST_CODES = 4096;

/**
 * Decodes the codes of a GIF's image. Initially there is a code for each value, followed by "clear" and "end". Then
 * each sequence that occurs gets a code for itself together with the value after it. Returns fewer than `length`
 * values if the codes end early.
 *
 * Source: GIF89a specification, appendix F.
 */
export function decodeGifLzw(codes: Uint8Array, valueBits: number, length: number): Uint8Array {
  const output = new Uint8Array(length);
  const clear = 1 << valueBits;
  const end = clear + 1;
  // A sequence is an earlier one and a value. These are its position in the output and its length.
  const starts = new Uint32Array(MOST_CODES);
  const lengths = new Uint16Array(MOST_CODES);
  let [next, bits, previous] = [end + 1, valueBits + 1, -1];
  let [buffer, count, at, done] = [0, 0, 0, 0];
  let previousStart = 0;
  while (done < length) {
    while (count < bits && at < codes.length) {
      buffer |= (codes[at++] ?? 0) << count;
      count += 8;
    }
    if (count < bits) break;
    const code = buffer & ((1 << bits) - 1);
    buffer >>>= bits;
    count -= bits;
    if (code === end) break;
    if (code === clear) {
      [next, bits, previous] = [end + 1, valueBits + 1, -1];
      continue;
    }
    if (code > next || (code === next && previous < 0)) break;
    const start = done;
    if (previous >= 0 && next < MOST_CODES) {
      // The new sequence is the previous one with the first value of this one, which follows it in the output.
      starts[next] = previousStart;
      lengths[next] = start - previousStart + 1;
      next++;
      if (next === 1 << bits && bits < 12) bits++;
    }
    if (code < clear) output[done++] = code;
    else {
      const from = starts[code] ?? 0;
      const stop = Math.min(length, done + (lengths[code] ?? 0));
      for (let i = from; done < stop; i++) output[done++] = output[i] ?? 0;
    }
    previous = code;
    previousStart = start;
  }
  return output.subarray(0, done);
}
