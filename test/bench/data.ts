/** Volumes for the benchmarks: uint64 labels, x fastest, then y, z. They are the same in every run. */
import { openSource } from '../../src/main/sources/registry';
import { product3, vec3, type Vec3 } from '../../src/shared/base/vec3';
import { randomWords } from '../random';
import { sharedData } from '../shared-data';

export interface LabelVolume {
  readonly name: string;
  readonly shape: Vec3;
  readonly labels: BigUint64Array;
}

/**
 * Yields all volumes, including `em-stack` if it is available. `shape` has multiples of 64 and is at most 512 × 512 ×
 * 256.
 */
export async function* labelVolumes(shape: Vec3): AsyncGenerator<LabelVolume> {
  const real = await emStack(shape);
  if (real !== undefined) yield real;
  yield phantom(shape);
  yield constant(shape);
  yield noise(shape, 1000);
}

function constant(shape: Vec3): LabelVolume {
  const labels = new BigUint64Array(product3(shape)).fill(0x1_2345_6789n);
  return { name: 'constant', shape, labels };
}

/** Every voxel has one of `count` labels at random. */
function noise(shape: Vec3, count: number): LabelVolume {
  const random = randomWords(7);
  const labels = BigUint64Array.from({ length: product3(shape) }, () => labelOf(random() % count));
  return { name: `noise of ${count} labels`, shape, labels };
}

/**
 * Bent fibres along z, packed side by side as in neural tissue. Each voxel gets the label of the nearest of jittered
 * points on a grid in its slice, whose positions drift from slice to slice.
 */
function phantom(shape: Vec3): LabelVolume {
  const spacing = 24;
  const [columns, rows] = vec3((i) => Math.ceil(shape[i] / spacing) + 2);
  const random = randomWords(11);
  const fraction = (): number => random() / 2 ** 32;
  const x = Float64Array.from(
    { length: columns * rows },
    (_, i) => ((i % columns) - 1 + fraction()) * spacing,
  );
  const y = Float64Array.from(x, (_, i) => (Math.floor(i / columns) - 1 + fraction()) * spacing);
  const phase = Float64Array.from(x, () => fraction() * 2 * Math.PI);
  const names = BigUint64Array.from(x, (_, i) => (i % 13 === 0 ? 0n : labelOf(i)));
  const labels = new BigUint64Array(product3(shape));
  for (let slice = 0; slice < shape[2]; slice++) {
    const bentX = x.map((value, i) => value + spacing * 0.4 * Math.sin(slice / 23 + (phase[i] ?? 0)));
    const bentY = y.map((value, i) => value + spacing * 0.4 * Math.cos(slice / 17 + (phase[i] ?? 0)));
    for (let row = 0; row < shape[1]; row++) {
      for (let column = 0; column < shape[0]; column++) {
        const near = nearest(bentX, bentY, column, row, columns, rows, spacing);
        labels[column + shape[0] * (row + shape[1] * slice)] = names[near] ?? 0n;
      }
    }
  }
  return { name: 'phantom', shape, labels };
}

/** The index of the nearest point, searched in the grid cells around (px, py). */
function nearest(
  x: Float64Array,
  y: Float64Array,
  px: number,
  py: number,
  columns: number,
  rows: number,
  spacing: number,
): number {
  const column = Math.floor(px / spacing) + 1;
  const row = Math.floor(py / spacing) + 1;
  let best = 0;
  let bestDistance = Infinity;
  for (let j = Math.max(0, row - 1); j <= Math.min(rows - 1, row + 1); j++) {
    for (let i = Math.max(0, column - 1); i <= Math.min(columns - 1, column + 1); i++) {
      const index = i + j * columns;
      const distance = ((x[index] ?? 0) - px) ** 2 + ((y[index] ?? 0) - py) ** 2;
      if (distance < bestDistance) {
        bestDistance = distance;
        best = index;
      }
    }
  }
  return best;
}

/** Spreads ids over 64 bits, like agglomerated ids. */
function labelOf(index: number): bigint {
  return BigInt.asUintN(64, BigInt(index + 1) * 0x9e37_79b9_7f4a_7c15n) >> 8n;
}

/** The middle of the real segmentation next to the checkout, which has 512 × 512 × 256 voxels. */
export async function emStack(shape: Vec3): Promise<LabelVolume | undefined> {
  const folder = sharedData('em-stack');
  if (folder === undefined) return undefined;
  const labels = new BigUint64Array(product3(shape));
  const source = await openSource(folder);
  const { size } = source.metadata;
  const min = vec3((i) => Math.floor((size[i] - shape[i]) / 2));
  const box = { min, max: vec3((i) => min[i] + shape[i]) };
  await source.read(box, { box, channels: 1, data: labels });
  await source.close();
  return { name: 'em-stack', shape, labels };
}

/** Cuts the volume into cubes of `side` voxels, each in its own array. */
export function cubes(volume: LabelVolume, side: number): BigUint64Array[] {
  const counts = vec3((i) => Math.floor(volume.shape[i] / side));
  const result: BigUint64Array[] = [];
  for (let cube = 0; cube < product3(counts); cube++) {
    const x = (cube % counts[0]) * side;
    const y = (Math.floor(cube / counts[0]) % counts[1]) * side;
    const z = Math.floor(cube / (counts[0] * counts[1])) * side;
    const labels = new BigUint64Array(side ** 3);
    for (let row = 0; row < side * side; row++) {
      const start = x + volume.shape[0] * (y + (row % side) + volume.shape[1] * (z + Math.floor(row / side)));
      labels.set(volume.labels.subarray(start, start + side), row * side);
    }
    result.push(labels);
  }
  return result;
}
