/**
 * Images hold the samples of a voxel one after the other; chunks hold one channel after the other.
 */

/** Channel after channel to voxel after voxel; with one channel the voxels themselves. */
export function interleave<T extends Uint8Array | Uint16Array>(voxels: T, channels: number): T {
  if (channels === 1) return voxels;
  const output = voxels.slice() as T;
  for (let channel = 0, from = 0; channel < channels; channel++) {
    for (let to = channel; to < output.length; to += channels, from++) output[to] = voxels[from] ?? 0;
  }
  return output;
}

/** The inverse of {@link interleave}, into `output` of the same length. */
export function separate(
  samples: Uint8Array | Uint16Array,
  channels: number,
  output: Uint8Array | Uint16Array,
): void {
  if (channels === 1) {
    output.set(samples);
    return;
  }
  for (let channel = 0, to = 0; channel < channels; channel++) {
    for (let from = channel; from < samples.length; from += channels, to++) output[to] = samples[from] ?? 0;
  }
}
