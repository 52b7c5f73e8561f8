import { BugError } from '../../../shared/base/errors';
import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { LabelForest, reachBetweenRows, type Connectivity } from '../../../shared/kernels/label-forest';
import type { ReadablePlace } from '../../places/place';
import { COUNT_BYTES, decodeCount, decodeFaces, decodeTable, type Face } from './piece-components';
import type { PieceGrid } from './piece-grid';

/** The components of all pieces, one after the other, joined to the components of the volume. */
export interface JoinedComponents {
  /** The index of each piece's first component, and the end of the last one's. */
  readonly bases: Float64Array;
  /** Each set in the forest is a component of the volume, with its label. */
  readonly forest: LabelForest;
  /** For each root: its first voxel, as an index into the volume with x fastest, and its number of voxels. */
  readonly firsts: Float64Array;
  readonly voxels: Float64Array;
}

/** Bytes of faces that are in memory at a time, besides those in use. */
const CACHE_BYTES = 32 * 2 ** 20;

/** Returns the index of each piece's first component, and the end of the last piece's components. */
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
 * Joins the components of neighbouring pieces.
 * @param store the objects of the pieces, by piece number (piece-components.ts)
 * @param size the size of the volume
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

/** Joins the faces of each pair of neighbouring pieces once. */
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

/** Returns the steps to the neighbours with higher numbers, across faces, edges and corners. */
function laterNeighbours(): Vec3[] {
  const all = Array.from({ length: 27 }, (_, i) => vec3((axis) => (Math.floor(i / 3 ** axis) % 3) - 1));
  return all.slice(14);
}

/**
 * Joins two faces that are one voxel apart, opposite each other or displaced. Positions are in voxels of the volume.
 */
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

/** Points every node at its root, and adds the nodes' counts there. */
function gatherAtRoots({ parents, size }: LabelForest, firsts: Float64Array, voxels: Float64Array): void {
  for (let node = 0; node < size; node++) {
    const parent = parents[node] ?? 0;
    if (parent === node) continue;
    // Parents come first, so they point at their roots already.
    const root = parents[parent] ?? 0;
    parents[node] = root;
    voxels[root] = (voxels[root] ?? 0) + (voxels[node] ?? 0);
    firsts[root] = Math.min(firsts[root] ?? 0, firsts[node] ?? 0);
  }
}

/** Converts positions in a piece to positions in the volume, both with x fastest. */
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

/** A cache of the most recently used faces of pieces. */
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
    // The most recently used entry is last, and is the last to be removed.
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
