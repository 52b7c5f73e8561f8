/**
 * Finds connected components of equal labels in a box of voxels, by runs along x.
 *
 * One pass over the voxels finds the runs and joins each run with the runs that it touches in the four previous rows
 * around it. A pass over the runs then numbers the connected ones. Runs instead of voxels: L. He, Y. Chao and K.
 * Suzuki, A run-based two-scan labeling algorithm, IEEE Transactions on Image Processing 17 (2008). Union by the
 * least node, so that the second pass needs one look-up per run: K. Wu, E. Otoo and K. Suzuki, Optimizing two-pass
 * connected-component labeling algorithms, Pattern Analysis and Applications 12 (2009).
 */
import { boxShape, containsBox, formatBox, type Box } from '../base/box';
import { dataTypeOf } from '../base/data-type';
import { BugError } from '../base/errors';
import { subtract3 } from '../base/vec3';
import type { VolumeBlock } from '../base/volume-block';
import { LabelForest, reachBetweenRows, type Connectivity, type RunRows } from './label-forest';
import { narrowRunEnd, pairLabels, pairRunEnd, type NarrowLabels, type PairLabels } from './label-runs';

const FIRST_RUNS = 1024;

/** The most memory that finding components needs, in bytes per voxel: if every voxel is a run and a component. */
export const FINDER_BYTES_PER_VOXEL = 48;

/** The components of a box, numbered from 0 by their first voxels, x fastest. 0 isn't a label. */
export interface Components {
  readonly count: number;
  /** The lower and upper words of the components' labels. */
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  /** The first voxel of each component: `(z · height + y) · width + x` from the box's first voxel. */
  readonly firsts: Uint32Array;
  readonly voxels: Uint32Array;
  /** The box's rows along x, row y + height · z. A run's node is its component, and positions count from the box. */
  readonly rows: RunRows;
}

/** Finds components. It keeps its arrays for the next box. */
export class ComponentFinder {
  private readonly forest = new LabelForest(FIRST_RUNS);
  private runs = new Int32Array(3 * FIRST_RUNS);

  /**
   * @param block one channel of unsigned integers
   * @returns views that are valid until the next call
   */
  find(block: VolumeBlock, box: Box, connectivity: Connectivity): Components {
    const type = dataTypeOf(block.data);
    if (!containsBox(block.box, box) || block.channels !== 1 || !type.startsWith('uint')) {
      throw new BugError(
        `no labels of ${formatBox(box)} in ${block.channels} × ${formatBox(block.box)} ${type}`,
      );
    }
    const [width, height, depth] = boxShape(box);
    const starts = new Uint32Array(height * depth + 1);
    const scan = this.rowScanner(block, box);
    const reaches = [1, 2, 3].map((steps) => reachBetweenRows(connectivity, steps));
    this.forest.size = 0;
    for (let z = 0; z < depth; z++) {
      for (let y = 0; y < height; y++) {
        const row = z * height + y;
        scan(y, z);
        starts[row + 1] = this.forest.size;
        this.joinBefore({ runs: this.runs, starts }, row, height, reaches);
      }
    }
    return this.number({ runs: this.runs, starts }, width);
  }

  private rowScanner(block: VolumeBlock, box: Box): (y: number, z: number) => void {
    const [blockWidth, blockHeight] = boxShape(block.box);
    const [width] = boxShape(box);
    const [x0, y0, z0] = subtract3(box.min, block.box.min);
    const begin = (y: number, z: number) => ((z0 + z) * blockHeight + y0 + y) * blockWidth + x0;
    if (block.data instanceof BigUint64Array) {
      const pairs = pairLabels(block.data);
      return (y, z) => {
        this.scanPairs(pairs, begin(y, z), width);
      };
    }
    const labels = block.data as NarrowLabels;
    return (y, z) => {
      this.scanNarrow(labels, begin(y, z), width);
    };
  }

  private scanPairs({ doubles, words }: PairLabels, begin: number, width: number): void {
    const end = begin + width;
    for (let i = begin; i < end;) {
      const next = pairRunEnd(doubles, words, i, end);
      const low = words[2 * i] ?? 0;
      const high = words[2 * i + 1] ?? 0;
      if (low !== 0 || high !== 0) this.addRun(i - begin, next - begin, low, high);
      i = next;
    }
  }

  private scanNarrow(labels: NarrowLabels, begin: number, width: number): void {
    const end = begin + width;
    for (let i = begin; i < end;) {
      const next = narrowRunEnd(labels, i, end);
      const label = labels[i] ?? 0;
      if (label !== 0) this.addRun(i - begin, next - begin, label, 0);
      i = next;
    }
  }

  private addRun(begin: number, end: number, low: number, high: number): void {
    const node = this.forest.add(low, high);
    if (3 * node === this.runs.length) {
      const grown = new Int32Array(2 * this.runs.length);
      grown.set(this.runs);
      this.runs = grown;
    }
    this.runs[3 * node] = begin;
    this.runs[3 * node + 1] = end;
    this.runs[3 * node + 2] = node;
  }

  /** Joins a row with the earlier rows that it touches: one in its plane, and three in the previous plane. */
  private joinBefore(
    rows: RunRows,
    row: number,
    height: number,
    [face, edge]: readonly (0 | 1 | undefined)[],
  ): void {
    const y = row % height;
    if (face === undefined) return;
    if (y > 0) this.forest.joinRows(rows, row - 1, rows, row, face);
    if (row < height) return;
    this.forest.joinRows(rows, row - height, rows, row, face);
    if (edge === undefined) return;
    if (y > 0) this.forest.joinRows(rows, row - height - 1, rows, row, edge);
    if (y < height - 1) this.forest.joinRows(rows, row - height + 1, rows, row, edge);
  }

  private number(rows: RunRows, width: number): Components {
    const { parents, lows, highs, size } = this.forest;
    const { runs, starts } = rows;
    let count = 0;
    // Parents come first, so their own entries already contain their numbers.
    for (let run = 0; run < size; run++) {
      const parent = parents[run] ?? 0;
      const component = parent === run ? count++ : (parents[parent] ?? 0);
      if (parent === run) {
        lows[component] = lows[run] ?? 0;
        highs[component] = highs[run] ?? 0;
      }
      parents[run] = component;
      runs[3 * run + 2] = component;
    }
    const firsts = new Uint32Array(count);
    const voxels = new Uint32Array(count);
    for (let row = starts.length - 2; row >= 0; row--) {
      for (let run = (starts[row + 1] ?? 0) - 1; run >= (starts[row] ?? 0); run--) {
        const component = parents[run] ?? 0;
        const begin = runs[3 * run] ?? 0;
        firsts[component] = row * width + begin;
        voxels[component] = (voxels[component] ?? 0) + (runs[3 * run + 1] ?? 0) - begin;
      }
    }
    return {
      count,
      lows: lows.subarray(0, count),
      highs: highs.subarray(0, count),
      firsts,
      voxels,
      rows: { runs: runs.subarray(0, 3 * size), starts },
    };
  }
}
