/** Grey values for the benchmarks, x fastest, then y, z. They are the same in every run. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeTiff } from '../../src/main/sources/tiff/tiff-writer';
import type { Vec3 } from '../../src/shared/base/vec3';
import { randomWords } from '../random';

export type GreyType = 'uint8' | 'uint16' | 'float32';

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };
/** Middle and spread of the values: like electron microscopy with 8 bits, and with 12 of 16 bits. */
const RANGES = { uint8: [128, 20], uint16: [20_000, 1500], float32: [0, 1] } as const;
/** How far noise is spread in x and y. In z it is spread over three slices. */
const REACH = 2;

/** Yields slices of blurred noise, for any depth. */
export function* smoothSlices([width, height, depth]: Vec3, type: GreyType) {
  const next = randomWords(17);
  const draw = (): Float32Array =>
    blurred(
      Float32Array.from({ length: width * height }, () => next() / 2 ** 32 - 0.5),
      width,
      height,
    );
  let [before, current, after] = [draw(), draw(), draw()];
  const [middle, spread] = RANGES[type];
  // The standard deviation of a mean of this many numbers from -0.5 to 0.5.
  const scale = spread * Math.sqrt(12 * 3 * (2 * REACH + 1) ** 2);
  for (let z = 0; z < depth; z++) {
    const slice = new ARRAYS[type](width * height);
    const most = type === 'uint8' ? 255 : type === 'uint16' ? 65_535 : Infinity;
    for (let i = 0; i < slice.length; i++) {
      const mean = ((before[i] ?? 0) + (current[i] ?? 0) + (after[i] ?? 0)) / 3;
      slice[i] = Math.max(-most, Math.min(most, middle + scale * mean));
    }
    yield slice;
    [before, current, after] = [current, after, draw()];
  }
}

/** Returns the mean of the neighbours along x, then along y, with wraparound at the edges. */
function blurred(values: Float32Array, width: number, height: number): Float32Array {
  const along = new Float32Array(values.length);
  const output = new Float32Array(values.length);
  const count = 2 * REACH + 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let d = -REACH; d <= REACH; d++) sum += values[y * width + ((x + d + width) % width)] ?? 0;
      along[y * width + x] = sum / count;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let d = -REACH; d <= REACH; d++) {
      const from = ((y + d + height) % height) * width;
      const to = y * width;
      for (let x = 0; x < width; x++) output[to + x] = (output[to + x] ?? 0) + (along[from + x] ?? 0) / count;
    }
  }
  return output;
}

const DRAWN_SLICES = 128;

/** Writes a stack of deflated TIFF slices. Deep stacks repeat the same slices. */
export async function writeGreyStack(folder: string, size: Vec3, type: GreyType): Promise<void> {
  const [width, height, depth] = size;
  await mkdir(folder);
  const name = (z: number): string => join(folder, `slice_${String(z).padStart(4, '0')}.tif`);
  let z = 0;
  for (const slice of smoothSlices([width, height, Math.min(depth, DRAWN_SLICES)], type)) {
    await writeFile(name(z++), await encodeTiff(slice, width, height));
  }
  for (; z < depth; z++) await symlink(name(z % DRAWN_SLICES), name(z));
}
