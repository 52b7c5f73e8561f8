/**
 * The filters of a PNG's rows. The writer chooses one of them for each row.
 *
 * Source: PNG specification, section 9. The choice follows section 12.7: the filter whose bytes, read as signed
 * numbers, have the least sum of magnitudes.
 */

import { startAssembly, type AssemblyMemory } from '../../../../shared/base/assembly';
import rowsModule from '../../../../shared/kernels/assembly/png-rows.ts?assembly';

/** Rows without the bytes that name their filters. */
export interface PlainRows {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly rowBytes: number;
  /** The size of a voxel, which is the distance to the byte on the left. */
  readonly voxelBytes: number;
}

const FILTERS = 5;

/** The exports of assembly/png-rows.ts. */
interface RowsKernel {
  readonly memory: AssemblyMemory;
  reserveRows(rows: number, rowBytes: number): boolean;
  rowsPointer(): number;
  filterRows(rows: number, rowBytes: number, step: number): void;
  outputPointer(): number;
}

let kernel: RowsKernel | 'none' | undefined;

/**
 * Returns the filtered rows, each preceded by a byte that names its filter, in memory that the next call may use
 * again.
 */
export function filterRows(plain: PlainRows): Uint8Array {
  const { bytes, rows, rowBytes, voxelBytes } = plain;
  kernel ??= startAssembly<RowsKernel>(rowsModule) ?? 'none';
  if (kernel === 'none' || !kernel.reserveRows(rows, rowBytes)) return filterRowsPlainly(plain);
  new Uint8Array(kernel.memory.buffer, kernel.rowsPointer(), bytes.length).set(bytes);
  kernel.filterRows(rows, rowBytes, voxelBytes);
  return new Uint8Array(kernel.memory.buffer, kernel.outputPointer(), rows * (rowBytes + 1));
}

/** Does the same as {@link filterRows} without WebAssembly. */
export function filterRowsPlainly({ bytes, rows, rowBytes, voxelBytes }: PlainRows): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(rows * (rowBytes + 1));
  const candidates = Array.from({ length: FILTERS }, () => new Uint8Array(rowBytes));
  // The row above and the current row, each preceded by zeros for the bytes to the left of a row.
  let above = new Uint8Array(voxelBytes + rowBytes);
  let current = new Uint8Array(voxelBytes + rowBytes);
  for (let row = 0; row < rows; row++) {
    current.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), voxelBytes);
    let best = 0;
    let leastCost = Infinity;
    candidates.forEach((candidate, filter) => {
      FILTER_ROW[filter]?.(current, above, voxelBytes, candidate);
      const cost = magnitudes(candidate);
      if (cost < leastCost) [best, leastCost] = [filter, cost];
    });
    output[row * (rowBytes + 1)] = best;
    output.set(candidates[best] ?? current, row * (rowBytes + 1) + 1);
    [above, current] = [current, above];
  }
  return output;
}

function magnitudes(row: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    const byte = row[i] ?? 0;
    sum += byte < 128 ? byte : 256 - byte;
  }
  return sum;
}

/** Filters `row`, whose bytes begin at `step`, into `out`. `above` has the same layout as `row`. */
type RowFilter = (row: Uint8Array, above: Uint8Array, step: number, out: Uint8Array) => void;

/** By the number that names the filter: None, Sub, Up, Average, Paeth. */
const FILTER_ROW: readonly RowFilter[] = [
  (row, _above, step, out) => {
    out.set(row.subarray(step));
  },
  (row, _above, step, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (row[i + step] ?? 0) - (row[i] ?? 0);
  },
  (row, above, step, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (row[i + step] ?? 0) - (above[i + step] ?? 0);
  },
  (row, above, step, out) => {
    for (let i = 0; i < out.length; i++) {
      out[i] = (row[i + step] ?? 0) - (((row[i] ?? 0) + (above[i + step] ?? 0)) >> 1);
    }
  },
  (row, above, step, out) => {
    for (let i = 0; i < out.length; i++) {
      const left = row[i] ?? 0;
      const up = above[i + step] ?? 0;
      const corner = above[i] ?? 0;
      const toLeft = Math.abs(up - corner);
      const toUp = Math.abs(left - corner);
      const toCorner = Math.abs(left + up - 2 * corner);
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      out[i] = (row[i + step] ?? 0) - nearest;
    }
  },
];
