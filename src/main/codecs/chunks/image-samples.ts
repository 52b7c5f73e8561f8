/** Images store the samples of a voxel next to each other, whereas chunks store one channel after the other. */

/** Converts from channel after channel to voxel after voxel. With one channel it returns the voxels themselves. */
export function interleave<T extends Uint8Array | Uint16Array>(voxels: T, channels: number): T {
  if (channels === 1) return voxels;
  const output = voxels.slice() as T;
  for (let channel = 0, from = 0; channel < channels; channel++) {
    for (let to = channel; to < output.length; to += channels, from++) output[to] = voxels[from] ?? 0;
  }
  return output;
}

/** Does the opposite of {@link interleave} and writes to `output`, which has the same length. */
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
