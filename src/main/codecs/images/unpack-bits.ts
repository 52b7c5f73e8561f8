/** Rows of samples with 1, 2 or 4 bits, the first sample in the highest bits. Each row begins with a new byte. */
export interface PackedRows {
  readonly bits: 1 | 2 | 4;
  /** Number of samples in a row. */
  readonly width: number;
  readonly rows: number;
  /** Number of bytes from one row to the next. */
  readonly rowBytes: number;
}

/**
 * Returns one byte per sample. With `fullRange` the largest value becomes 255, which turns greys with few bits into
 * 8-bit greys.
 */
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
