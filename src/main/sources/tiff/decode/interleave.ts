/**
 * Copies one channel out of interleaved samples. `bytes` holds aligned samples of `size` bytes; the samples of all
 * channels of a voxel are next to each other.
 */
export function extractChannel(
  bytes: Uint8Array,
  channels: number,
  channel: number,
  size: 1 | 2 | 4 | 8,
): Uint8Array {
  const voxels = bytes.length / (size * channels);
  const output = new Uint8Array(voxels * size);
  const [from, to] = size === 1 ? [bytes, output] : [asWords(bytes, size), asWords(output, size)];
  const perSample = size === 8 ? 2 : 1;
  const stride = channels * perSample;
  let source = channel * perSample;
  for (let i = 0; i < to.length; i += perSample, source += stride) {
    for (let part = 0; part < perSample; part++) to[i + part] = from[source + part] ?? 0;
  }
  return output;
}

/** Returns a view of the bytes as words. A 64-bit sample is a pair of words. */
function asWords(bytes: Uint8Array, size: 2 | 4 | 8): Uint16Array | Uint32Array {
  return size === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
