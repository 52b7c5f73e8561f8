import type { VoxelArray } from '../base/data-type';

const GREYS = 2 ** 14;
const BINS = 256;
const BIN_SIZE = 1 + GREYS / BINS;
const CLIP_LIMIT = 0.01;
/** An edge of the image has about this many tiles. */
const TILES = 8;

/** The tiles of an image and, for each, the greys that its bins become. */
interface TileMaps {
  readonly edge: readonly [x: number, y: number];
  readonly counts: readonly [x: number, y: number];
  /** {@link BINS} greys a tile, x first. */
  readonly greys: Uint16Array;
}

/**
 * Equalizes the contrast of an image locally (CLAHE), as `skimage.exposure.equalize_adapthist` does with its defaults:
 * tiles of an eighth of the image, 256 bins, a clip limit of 0.01, and a result that covers the whole range. The
 * result is rounded half up. An image of one value becomes 0, and NaN counts as the smallest value.
 *
 * Source: K. Zuiderveld, Contrast Limited Adaptive Histogram Equalization, Graphics Gems IV, 1994; scikit-image 0.26,
 * `exposure/_adapthist.py`.
 *
 * @param values the image row by row
 * @param largest the value that the brightest voxel gets
 */
export function equalizeAdaptively(
  values: VoxelArray,
  [width, height]: readonly [width: number, height: number],
  largest: number,
  output: Uint8Array | Uint16Array | Uint32Array,
): void {
  const bins = binsOf(values);
  if (bins === undefined) {
    output.fill(0);
    return;
  }
  const greys = interpolate(bins, [width, height], mapTiles(bins, [width, height]));
  let [least, most] = [GREYS, 0];
  for (const grey of greys) {
    if (grey < least) least = grey;
    if (grey > most) most = grey;
  }
  const scale = most > least ? largest / (most - least) : 0;
  for (let i = 0; i < output.length; i++)
    output[i] = Math.floor(((greys[i] as number) - least) * scale + 0.5);
}

/** Returns the bin of each voxel between the smallest and the largest value; undefined if there is only one value. */
function binsOf(values: VoxelArray): Uint8Array | undefined {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (!(least < most)) return undefined;
  const bins = new Uint8Array(values.length);
  for (let i = 0; i < bins.length; i++) {
    const share = Math.min(1, (Number(values[i]) - least) / (most - least));
    bins[i] = share > 0 ? roundToEven(share * (GREYS - 1)) / BIN_SIZE : 0;
  }
  return bins;
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

function mapTiles(bins: Uint8Array, size: readonly [number, number]): TileMaps {
  const edge = size.map((length) => Math.max(1, Math.floor(length / TILES))) as [number, number];
  const counts = size.map((length, axis) => Math.ceil(length / (edge[axis] as number))) as [number, number];
  const greys = new Uint16Array(counts[0] * counts[1] * BINS);
  const histogram = new Int32Array(BINS);
  for (let ty = 0; ty < counts[1]; ty++) {
    for (let tx = 0; tx < counts[0]; tx++) {
      histogram.fill(0);
      countTile(bins, size, [tx * edge[0], ty * edge[1]], edge, histogram);
      clipHistogram(histogram, Math.max(1, Math.floor(CLIP_LIMIT * edge[0] * edge[1])));
      const start = (ty * counts[0] + tx) * BINS;
      equalize(histogram, edge[0] * edge[1], greys.subarray(start, start + BINS));
    }
  }
  return { edge, counts, greys };
}

/** Counts the bins of one tile. What lies beyond the image is the image mirrored at its last row or column. */
function countTile(
  bins: Uint8Array,
  [width, height]: readonly [number, number],
  [left, top]: readonly [number, number],
  edge: readonly [number, number],
  histogram: Int32Array,
): void {
  for (let y = top; y < top + edge[1]; y++) {
    const row = (y < height ? y : 2 * (height - 1) - y) * width;
    for (let x = left; x < left + edge[0]; x++) {
      const bin = bins[row + (x < width ? x : 2 * (width - 1) - x)] as number;
      histogram[bin] = (histogram[bin] as number) + 1;
    }
  }
}

/** Limits all counts, and spreads what is cut off evenly over the bins, in the order in which scikit-image does it. */
function clipHistogram(histogram: Int32Array, limit: number): void {
  let excess = 0;
  for (let i = 0; i < BINS; i++) {
    const count = histogram[i] as number;
    if (count > limit) {
      excess += count - limit;
      histogram[i] = limit;
    }
  }
  const increment = Math.floor(excess / BINS);
  const upper = limit - increment;
  for (let i = 0; i < BINS; i++) {
    if ((histogram[i] as number) >= upper) continue;
    histogram[i] = (histogram[i] as number) + increment;
    excess -= increment;
  }
  for (let i = 0; i < BINS; i++) {
    const count = histogram[i] as number;
    if (count < upper || count >= limit) continue;
    excess += count - limit;
    histogram[i] = limit;
  }
  while (excess > 0) {
    const left = spreadExcess(histogram, limit, excess);
    if (left === excess) return;
    excess = left;
  }
}

/** Adds one to bins below the limit until the excess is used up. Returns what is left of it. */
function spreadExcess(histogram: Int32Array, limit: number, excess: number): number {
  for (let first = 0; first < BINS && excess > 0; first++) {
    const below = histogram.reduce((count, value) => count + (value < limit ? 1 : 0), 0);
    const step = Math.max(1, Math.floor(below / excess));
    for (let i = first; i < BINS; i += step) {
      if ((histogram[i] as number) >= limit) continue;
      histogram[i] = (histogram[i] as number) + 1;
      excess--;
    }
  }
  return excess;
}

function equalize(histogram: Int32Array, voxels: number, greys: Uint16Array): void {
  let sum = 0;
  for (let i = 0; i < BINS; i++) {
    sum += histogram[i] as number;
    greys[i] = Math.min(GREYS - 1, sum * ((GREYS - 1) / voxels));
  }
}

/** For each position along an axis: the two tiles whose centres it lies between, and its share of the second. */
function neighbours(length: number, edge: number, count: number) {
  const before = new Int32Array(length);
  const after = new Int32Array(length);
  const share = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const shifted = i + (edge >> 1);
    const tile = Math.floor(shifted / edge);
    before[i] = Math.max(0, tile - 1);
    after[i] = Math.min(count - 1, tile);
    share[i] = (shifted % edge) / edge;
  }
  return { before, after, share };
}

/** Returns the grey of each voxel, between those of the four nearest tiles. Sums are in single precision. */
function interpolate(
  bins: Uint8Array,
  [width, height]: readonly [number, number],
  { edge, counts, greys }: TileMaps,
): Uint16Array {
  const columns = neighbours(width, edge[0], counts[0]);
  const rows = neighbours(height, edge[1], counts[1]);
  const result = new Uint16Array(bins.length);
  const { fround } = Math;
  for (let y = 0, i = 0; y < height; y++) {
    const above = (rows.before[y] as number) * counts[0];
    const below = (rows.after[y] as number) * counts[0];
    const v = rows.share[y] as number;
    for (let x = 0; x < width; x++, i++) {
      const left = columns.before[x] as number;
      const right = columns.after[x] as number;
      const u = columns.share[x] as number;
      const bin = bins[i] as number;
      let sum = fround((greys[(above + left) * BINS + bin] as number) * ((1 - u) * (1 - v)));
      sum = fround(sum + fround((greys[(above + right) * BINS + bin] as number) * (u * (1 - v))));
      sum = fround(sum + fround((greys[(below + left) * BINS + bin] as number) * ((1 - u) * v)));
      result[i] = fround(sum + fround((greys[(below + right) * BINS + bin] as number) * (u * v)));
    }
  }
  return result;
}
