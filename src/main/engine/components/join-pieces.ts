import { BugError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { LabelForest, reachBetweenRows, type Connectivity } from '../../../shared/kernels/label-forest';
import type { ReadablePlace } from '../../places/place';
import { COUNT_BYTES, decodeCount, decodeFaces, decodeTable, type Face } from './piece-components';
import type { PieceGrid } from './piece-grid';

/** The components of all pieces, one after the other, joined to those of the volume. */
export interface JoinedComponents {
  /** Where the components of each piece begin; and where the last ones end. */
  readonly bases: Float64Array;
  /** A set is a component of the volume; with its label. */
  readonly forest: LabelForest;
  /** Of each root: its first voxel, counted x fastest from the volume's first, and its voxels. */
  readonly firsts: Float64Array;
  readonly voxels: Float64Array;
}

/** Faces that are in memory at a time, but for those at hand. */
const CACHE_BYTES = 32 * 2 ** 20;

/** Where the components of each piece begin, and where the last ones end. */
export async function countComponents(store: ReadablePlace, grid: PieceGrid): Promise<Float64Array> {
  const bases = new Float64Array(grid.length + 1);
  for (let piece = 0; piece < grid.length; piece++) {
    const bytes = await store.getRange(String(piece), 0, COUNT_BYTES);
    if (bytes === undefined) throw missingPiece(piece);
    bases[piece + 1] = (bases[piece] ?? 0) + decodeCount(bytes);
  }
  return bases;
}

/**
 * @param store objects of the pieces by their numbers (piece-components.ts)
 * @param size of the volume
 */
export async function joinPieces(
  store: ReadablePlace,
  grid: PieceGrid,
  bases: Float64Array,
  size: Vec3,
  connectivity: Connectivity,
): Promise<JoinedComponents> {
  const total = bases[grid.length] ?? 0;
  const forest = new LabelForest(total);
  const firsts = new Float64Array(total);
  const voxels = new Float64Array(total);
  for (let piece = 0; piece < grid.length; piece++) {
    const table = decodeTable(await readPiece(store, piece));
    voxels.set(table.voxels, forest.size);
    firsts.set(positionsIn(size, grid, piece, table.firsts), forest.size);
    for (let i = 0; i < table.count; i++) forest.add(table.lows[i] ?? 0, table.highs[i] ?? 0);
  }
  await joinFaces(new FaceCache(store, grid, bases), grid, forest, connectivity);
  gatherAtRoots(forest, firsts, voxels);
  return { bases, forest, firsts, voxels };
}

/** Each pair of neighbouring pieces is met once. */
async function joinFaces(
  cache: FaceCache,
  grid: PieceGrid,
  forest: LabelForest,
  connectivity: Connectivity,
): Promise<void> {
  const steps = laterNeighbours().filter(
    (step) => reachBetweenRows(connectivity, step.filter((d) => d !== 0).length) !== undefined,
  );
  for (let piece = 0; piece < grid.length; piece++) {
    for (const step of steps) {
      const next = grid.neighbour(piece, step);
      if (next === undefined) continue;
      const axis = step[2] !== 0 ? 2 : step[1] !== 0 ? 1 : 0;
      const high = (await cache.faces(piece))[2 * axis + 1];
      const low = (await cache.faces(next))[2 * axis];
      if (high !== undefined && low !== undefined) joinTwoFaces(forest, high, low, connectivity);
    }
  }
}

/** Steps to the neighbours that come later, across faces, edges and corners. */
function laterNeighbours(): Vec3[] {
  const all = Array.from({ length: 27 }, (_, i) => vec3((axis) => (Math.floor(i / 3 ** axis) % 3) - 1));
  return all.slice(14);
}

/** The faces lie one voxel from another, side by side or displaced: positions are the volume's. */
function joinTwoFaces(forest: LabelForest, a: Face, b: Face, connectivity: Connectivity): void {
  const rowsA = a.starts.length - 1;
  const rowsB = b.starts.length - 1;
  for (const aside of [-1, 0, 1]) {
    const reach = reachBetweenRows(connectivity, 1 + Math.abs(aside));
    if (reach === undefined) continue;
    const first = Math.max(a.firstRow, b.firstRow - aside);
    const end = Math.min(a.firstRow + rowsA, b.firstRow + rowsB - aside);
    for (let row = first; row < end; row++) {
      forest.joinRows(a, row - a.firstRow, b, row + aside - b.firstRow, reach);
    }
  }
}

/** Points every node at its root, and adds up there what the nodes have. */
function gatherAtRoots({ parents, size }: LabelForest, firsts: Float64Array, voxels: Float64Array): void {
  for (let node = 0; node < size; node++) {
    const parent = parents[node] ?? 0;
    if (parent === node) continue;
    // Parents come first, and so point at their roots already.
    const root = parents[parent] ?? 0;
    parents[node] = root;
    voxels[root] = (voxels[root] ?? 0) + (voxels[node] ?? 0);
    firsts[root] = Math.min(firsts[root] ?? 0, firsts[node] ?? 0);
  }
}

/** Positions in a piece as positions in the volume, both counted x fastest. */
function positionsIn(size: Vec3, grid: PieceGrid, piece: number, positions: Uint32Array): Float64Array {
  const { min, max } = grid.boxOf(piece);
  const [width, height] = [max[0] - min[0], max[1] - min[1]];
  return Float64Array.from(positions, (position) => {
    const x = min[0] + (position % width);
    const y = min[1] + (Math.floor(position / width) % height);
    const z = min[2] + Math.floor(position / (width * height));
    return x + size[0] * (y + size[1] * z);
  });
}

/** Faces of pieces, those that were wanted last. */
class FaceCache {
  private readonly entries = new Map<number, { readonly faces: readonly Face[]; readonly bytes: number }>();
  private bytes = 0;

  constructor(
    private readonly store: ReadablePlace,
    private readonly grid: PieceGrid,
    private readonly bases: Float64Array,
  ) {}

  async faces(piece: number): Promise<readonly Face[]> {
    const entry = this.entries.get(piece) ?? (await this.load(piece));
    // What was wanted last stands last, and is the last to go.
    this.entries.delete(piece);
    this.entries.set(piece, entry);
    return entry.faces;
  }

  private async load(piece: number) {
    const object = await readPiece(this.store, piece);
    const faces = decodeFaces(object, this.grid.boxOf(piece), this.bases[piece] ?? 0);
    const bytes = faces.reduce((sum, { runs, starts }) => sum + runs.byteLength + starts.byteLength, 0);
    this.bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.entries) {
      if (this.bytes <= CACHE_BYTES) break;
      this.entries.delete(oldest);
      this.bytes -= freed;
    }
    return { faces, bytes };
  }
}

async function readPiece(store: ReadablePlace, piece: number): Promise<Uint8Array> {
  const bytes = await store.get(String(piece));
  if (bytes === undefined) throw missingPiece(piece);
  return bytes;
}

function missingPiece(piece: number): BugError {
  return new BugError(`the components of piece ${piece} are missing`);
}
