/** Rows of samples of 1, 2 or 4 bits, the first in the highest bits; each row begins with a byte of its own. */
export interface PackedRows {
  readonly bits: 1 | 2 | 4;
  /** Samples in a row. */
  readonly width: number;
  readonly rows: number;
  /** Bytes from one row to the next. */
  readonly rowBytes: number;
}

/** One byte a sample. With `fullRange` the largest value becomes 255: greys of few bits are those of 8 then. */
export function unpackBits(
  packed: Uint8Array,
  { bits, width, rows, rowBytes }: PackedRows,
  fullRange: boolean,
) {
  const mask = (1 << bits) - 1;
  const scale = fullRange ? 255 / mask : 1;
  const samples = new Uint8Array(width * rows);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const byte = packed[row * rowBytes + (bit >> 3)] ?? 0;
      samples[to++] = ((byte >> (8 - bits - (bit & 7))) & mask) * scale;
    }
  }
  return samples;
}
