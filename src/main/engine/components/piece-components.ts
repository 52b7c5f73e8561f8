/**
 * The components of one piece, stored for joining the pieces, as little-endian 32-bit words.
 *
 *     uint32        number of components, n
 *     uint32[6]     number of runs on each face: x low, x high, y low, y high, z low, z high
 *     uint32[n]     labels, lower words
 *     uint32[n]     labels, upper words
 *     uint32[n]     first voxels, counted from the piece's first voxel, x fastest
 *     uint32[n]     numbers of voxels
 *     for each face
 *       uint32[r + 1] index of the first run of each of its r rows, and the end of the last row's runs
 *       int32[3 · m]  for each run: begin, end, component
 *
 * The rows of a face are along x, or along y on faces across x. They are counted along z, or along y on faces across
 * z. Runs count from the volume's first voxel.
 */
import { boxShape, type Box } from '../../../shared/base/box';
import { BugError } from '../../../shared/base/errors';
import type { Components } from '../../../shared/kernels/component-finder';
import type { RunRows } from '../../../shared/kernels/label-forest';

type Axis = 0 | 1 | 2;

/** The axis along which the rows of a face are counted, indexed by the axis that the face is perpendicular to. */
const ROW_AXIS = [2, 2, 1] as const;

/** One of the two faces of a piece that are perpendicular to an axis. */
export interface Face extends RunRows {
  /** Position of the first row. */
  readonly firstRow: number;
}

export interface PieceTable {
  readonly count: number;
  readonly lows: Uint32Array;
  readonly highs: Uint32Array;
  readonly firsts: Uint32Array;
  readonly voxels: Uint32Array;
}

export const COUNT_BYTES = 4;
const HEADER_WORDS = 7;
const AXES = [0, 1, 2] as const;

export function encodePiece(components: Components, box: Box): Uint8Array {
  const faces = AXES.flatMap((axis) => [
    faceRuns(components.rows, box, axis, false),
    faceRuns(components.rows, box, axis, true),
  ]);
  const { count, lows, highs, firsts, voxels } = components;
  const parts: (Uint32Array | Int32Array)[] = [
    Uint32Array.of(count, ...faces.map(({ runs }) => runs.length / 3)),
    ...[lows, highs, firsts, voxels],
    ...faces.flatMap(({ starts, runs }) => [starts, runs]),
  ];
  const words = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  return new Uint8Array(words.buffer);
}

/** Returns the number of components, which is in the first {@link COUNT_BYTES} of the object. */
export function decodeCount(bytes: Uint8Array): number {
  return wordsOf(bytes)[0] ?? 0;
}

/** @throws BugError if the object is truncated */
export function decodeTable(bytes: Uint8Array): PieceTable {
  const words = wordsOf(bytes);
  const count = words[0] ?? 0;
  if (words.length < tableWords(count)) throw new BugError(`a piece's table ends at ${bytes.length} bytes`);
  const column = (i: number) => words.subarray(HEADER_WORDS + i * count, HEADER_WORDS + (i + 1) * count);
  return { count, lows: column(0), highs: column(1), firsts: column(2), voxels: column(3) };
}

/**
 * Decodes the six faces, in the order of the object.
 * @param base the number to add to the components' numbers
 */
export function decodeFaces(bytes: Uint8Array, box: Box, base: number): Face[] {
  const words = wordsOf(bytes);
  const shape = boxShape(box);
  let at = tableWords(words[0] ?? 0);
  const take = (length: number): Uint32Array => words.subarray(at, (at += length));
  const faces = [0, 1, 2, 3, 4, 5].map((face): Face => {
    const rowAxis = ROW_AXIS[(face >> 1) as Axis];
    const starts = take(shape[rowAxis] + 1);
    const runs = Int32Array.from(take(3 * (words[1 + face] ?? 0)));
    for (let i = 2; i < runs.length; i += 3) runs[i] = (runs[i] ?? 0) + base;
    return { firstRow: box.min[rowAxis], starts, runs };
  });
  if (at !== words.length) throw new BugError(`a piece has ${words.length} words instead of ${at}`);
  return faces;
}

function tableWords(components: number): number {
  return HEADER_WORDS + 4 * components;
}

/** Returns bytes as words. It copies them if they lack the alignment that words need. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}

function faceRuns(rows: RunRows, box: Box, axis: Axis, isHigh: boolean): RunRows {
  const [width, height, depth] = boxShape(box);
  if (axis === 0) return columnRuns(rows, isHigh ? width - 1 : 0, height, depth, box.min[1]);
  const y = axis === 1 && isHigh ? height - 1 : 0;
  const z = axis === 2 && isHigh ? depth - 1 : 0;
  const chosen =
    axis === 1
      ? Array.from({ length: depth }, (_, plane) => plane * height + y)
      : Array.from({ length: height }, (_, row) => z * height + row);
  return chosenRows(rows, chosen, box.min[0]);
}

function chosenRows({ runs, starts }: RunRows, rows: readonly number[], offset: number): RunRows {
  const chosen = rows.map((row) => runs.subarray(3 * (starts[row] ?? 0), 3 * (starts[row + 1] ?? 0)));
  const ends = new Uint32Array(rows.length + 1);
  chosen.forEach((row, i) => (ends[i + 1] = (ends[i] ?? 0) + row.length / 3));
  const all = new Int32Array(3 * (ends[rows.length] ?? 0));
  chosen.forEach((row, i) => {
    all.set(row, 3 * (ends[i] ?? 0));
  });
  for (let i = 0; i < all.length; i += 3) {
    all[i] = (all[i] ?? 0) + offset;
    all[i + 1] = (all[i + 1] ?? 0) + offset;
  }
  return { runs: all, starts: ends };
}

/** Returns the runs along y of the voxels at one x, plane after plane. */
function columnRuns(rows: RunRows, x: number, height: number, depth: number, offset: number): RunRows {
  const runs: number[] = [];
  const starts = new Uint32Array(depth + 1);
  for (let z = 0; z < depth; z++) {
    let last = -1;
    for (let y = 0; y < height; y++) {
      const component = componentAt(rows, z * height + y, x);
      if (component >= 0 && component === last) runs[runs.length - 2] = offset + y + 1;
      else if (component >= 0) runs.push(offset + y, offset + y + 1, component);
      last = component;
    }
    starts[z + 1] = runs.length / 3;
  }
  return { runs: Int32Array.from(runs), starts };
}

/**
 * Returns the component at the first or the last voxel of a row, or -1.
 * @param x 0, or the row's last voxel
 */
function componentAt({ runs, starts }: RunRows, row: number, x: number): number {
  const [first, end] = [starts[row] ?? 0, starts[row + 1] ?? 0];
  if (first === end) return -1;
  const run = 3 * (x === 0 ? first : end - 1);
  return (runs[run] ?? 0) <= x && x < (runs[run + 1] ?? 0) ? (runs[run + 2] ?? -1) : -1;
}
