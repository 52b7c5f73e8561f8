import { grownCopy } from './grown-copy';

const FIRST_CAPACITY = 1024;

/**
 * Which voxels with the same label are connected: 6 if they share a face, 18 if they share a face or an edge, 26 if
 * they share a face, an edge or a corner.
 */
export type Connectivity = 6 | 18 | 26;

/** The greatest number of axes on which the positions of connected voxels differ. */
const MOST_STEPS: Readonly<Record<Connectivity, 1 | 2 | 3>> = { 6: 1, 18: 2, 26: 3 };

/**
 * How far apart voxels of two neighbouring rows may be along the rows and still be connected: 0 or 1, or undefined if
 * such rows have no connected voxels.
 * @param steps the number of other axes on which the positions of the rows differ
 */
export function reachBetweenRows(connectivity: Connectivity, steps: number): 0 | 1 | undefined {
  const most = MOST_STEPS[connectivity];
  if (steps > most) return undefined;
  return steps < most ? 1 : 0;
}

/**
 * Runs of voxels with the same label, row after row. A run has three numbers: where it begins along the row, where it
 * ends (one past its last voxel), and its node in a {@link LabelForest}.
 */
export interface RunRows {
  readonly runs: Int32Array;
  /** The index of each row's first run, and at the end the number of all runs. */
  readonly starts: Uint32Array;
}

/**
 * Disjoint sets of nodes that have labels. The first node of a set is its root, and a node's parent never comes after
 * it. Paths are halved during a search (R. E. Tarjan and J. van Leeuwen, Worst-case analysis of set union algorithms,
 * J. ACM 31, 1984).
 */
export class LabelForest {
  size = 0;
  parents: Uint32Array;
  /** The lower and upper words of the labels. */
  lows: Uint32Array;
  highs: Uint32Array;

  constructor(capacity = FIRST_CAPACITY) {
    this.parents = new Uint32Array(capacity);
    this.lows = new Uint32Array(capacity);
    this.highs = new Uint32Array(capacity);
  }

  /** Adds a set with one node. */
  add(low: number, high: number): number {
    const node = this.size++;
    if (node === this.parents.length) this.grow();
    this.parents[node] = node;
    this.lows[node] = low;
    this.highs[node] = high;
    return node;
  }

  find(node: number): number {
    const { parents } = this;
    let parent = parents[node] as number;
    while (parent !== node) {
      const grandparent = parents[parent] as number;
      parents[node] = grandparent;
      node = grandparent;
      parent = parents[node] as number;
    }
    return node;
  }

  join(a: number, b: number): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA < rootB) this.parents[rootB] = rootA;
    else this.parents[rootA] = rootB;
  }

  /** Joins the runs of two neighbouring rows that have the same label and are within `reach`. */
  joinRows(a: RunRows, rowA: number, b: RunRows, rowB: number, reach: 0 | 1): void {
    const runsA = a.runs;
    const runsB = b.runs;
    let i = 3 * (a.starts[rowA] as number);
    let j = 3 * (b.starts[rowB] as number);
    const lastA = 3 * (a.starts[rowA + 1] as number);
    const lastB = 3 * (b.starts[rowB + 1] as number);
    if (i === lastA || j === lastB) return;
    let [beginA, endA] = [runsA[i] as number, (runsA[i + 1] as number) + reach];
    let [beginB, endB] = [runsB[j] as number, (runsB[j + 1] as number) + reach];
    for (;;) {
      if (endA > beginB && endB > beginA) this.joinAlike(runsA[i + 2] as number, runsB[j + 2] as number);
      if (endA < endB || (endA === endB && reach === 1)) {
        // If both end here, each may still touch the next run in the other row.
        if (endA === endB && j + 3 < lastB && (runsB[j + 3] as number) === endA - 1) {
          this.joinAlike(runsA[i + 2] as number, runsB[j + 5] as number);
        }
        i += 3;
        if (i === lastA) return;
        beginA = runsA[i] as number;
        endA = (runsA[i + 1] as number) + reach;
      } else {
        j += 3;
        if (j === lastB) return;
        beginB = runsB[j] as number;
        endB = (runsB[j + 1] as number) + reach;
      }
    }
  }

  private joinAlike(a: number, b: number): void {
    const { parents, lows, highs } = this;
    // Most of them are already joined.
    if (parents[a] === parents[b]) return;
    if (lows[a] === lows[b] && highs[a] === highs[b]) this.join(a, b);
  }

  private grow(): void {
    const capacity = 2 * this.parents.length;
    this.parents = grownCopy(this.parents, capacity);
    this.lows = grownCopy(this.lows, capacity);
    this.highs = grownCopy(this.highs, capacity);
  }
}
