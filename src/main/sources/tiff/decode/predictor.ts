import { BugError } from '../../../../shared/base/errors';

/**
 * Undoes horizontal differencing (TIFF 6.0, section 14) in place. Each sample except the first of a row is stored as the
 * difference from the previous sample of the same channel. `bytes` holds whole rows of `rowSamples` samples of `size`
 * bytes, aligned and in the machine's byte order. The samples of `channels` channels are interleaved.
 */
export function undoHorizontal(
  bytes: Uint8Array,
  rowSamples: number,
  channels: number,
  size: 1 | 2 | 4 | 8,
): void {
  const count = bytes.length / size;
  switch (size) {
    case 1:
      return sumRows(bytes, rowSamples, channels);
    case 2:
      return sumRows(new Uint16Array(bytes.buffer, bytes.byteOffset, count), rowSamples, channels);
    case 4:
      return sumRows(new Uint32Array(bytes.buffer, bytes.byteOffset, count), rowSamples, channels);
    case 8:
      return sumRows64(new Uint32Array(bytes.buffer, bytes.byteOffset, count * 2), rowSamples, channels);
  }
}

function sumRows(
  samples: Uint8Array | Uint16Array | Uint32Array,
  rowSamples: number,
  channels: number,
): void {
  for (let row = 0; row < samples.length; row += rowSamples) {
    for (let i = row + channels; i < row + rowSamples; i++) {
      samples[i] = (samples[i] ?? 0) + (samples[i - channels] ?? 0);
    }
  }
}

/** Does the same for 64-bit samples, given as pairs of words, the low word first. */
function sumRows64(words: Uint32Array, rowSamples: number, channels: number): void {
  const before = 2 * channels;
  const rowWords = 2 * rowSamples;
  for (let row = 0; row < words.length; row += rowWords) {
    for (let i = row + before; i < row + rowWords; i += 2) {
      const low = (words[i] ?? 0) + (words[i - before] ?? 0);
      const carry = low > 0xffffffff ? 1 : 0;
      words[i] = low;
      words[i + 1] = (words[i + 1] ?? 0) + (words[i - before + 1] ?? 0) + carry;
    }
  }
}

/**
 * Undoes the floating-point predictor (Adobe Photoshop TIFF Technical Note 3) in place. A row holds the highest bytes of
 * all its samples, then the next lower bytes, and so on, whatever the file's byte order is. Each byte is stored as the
 * difference from the byte `channels` places before. The result is little endian.
 */
export function undoFloatingPoint(
  bytes: Uint8Array,
  rowSamples: number,
  channels: number,
  size: 1 | 2 | 4 | 8,
): void {
  if (size < 2) throw new BugError(`no floating-point predictor for ${size} bytes`);
  const rowBytes = rowSamples * size;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let i = row + channels; i < row + rowBytes; i++) {
      bytes[i] = (bytes[i] ?? 0) + (bytes[i - channels] ?? 0);
    }
    planes.set(bytes.subarray(row, row + rowBytes));
    for (let byte = 0; byte < size; byte++) {
      const plane = (size - 1 - byte) * rowSamples;
      for (let i = 0; i < rowSamples; i++) bytes[row + i * size + byte] = planes[plane + i] ?? 0;
    }
  }
}
