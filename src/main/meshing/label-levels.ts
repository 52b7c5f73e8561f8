import type { Vec3 } from '../../shared/base/vec3';
import { dropUnusedVertices, simplify } from '../../shared/kernels/simplification';
import { indexSoup, TriangleSoup } from '../../shared/kernels/triangle-soup';
import { halfVoxelNm } from './lattice';
import {
  JOINED_ERROR_SHARE,
  NODE_TRIANGLES,
  PIECE,
  WHOLE_TRIANGLES,
  type MeshSettings,
} from './mesh-settings';

/** The surface of a label at one level of detail, in parts: soups on the lattice of half voxels. */
export type SurfaceParts = readonly Int32Array[];

/**
 * A partition of space into cubes for a simplification: triangles go by their centroids. What lies between two
 * cubes stays as it is; as the cubes of the next pass are larger and shifted, so that no two passes have a
 * plane in common, no seam outlives the pass after the one that made it.
 */
interface CellGrid {
  /** In half voxels. */
  readonly size: number;
  readonly offset: number;
}

/** The first grid has planes halfway between those of the pieces. */
const FIRST_GRID: CellGrid = { size: 4 * PIECE, offset: PIECE };

function nextGrid({ size, offset }: CellGrid): CellGrid {
  return { size: 2 * size, offset: offset + size / 2 };
}

/**
 * Makes all levels of detail of a label from its pieces, each level from the one before.
 *
 * @param pieces the surface, simplified within the pieces
 * @returns the levels, the finest first; at least one
 */
export function makeLevels(pieces: SurfaceParts, settings: MeshSettings): SurfaceParts[] {
  const { errorNm, maxLevels } = settings;
  let grid = FIRST_GRID;
  const finest = simplifyParts(pieces, grid, errorNm * JOINED_ERROR_SHARE, settings);
  const levels = [finest];
  const wanted = 1 + Math.max(0, Math.ceil(Math.log2(triangleCount(finest) / NODE_TRIANGLES) / 2));
  let last = finest;
  for (let level = 1; level < Math.min(wanted, maxLevels); level++) {
    grid = nextGrid(grid);
    last = simplifyParts(last, grid, errorNm * (levelError(level) - levelError(level - 1)), settings);
    levels.push(last);
  }
  return levels;
}

/** The error of a level as a multiple of that of the finest. */
export function levelError(level: number): number {
  return 2 ** level;
}

export function triangleCount(parts: SurfaceParts): number {
  return parts.reduce((sum, corners) => sum + corners.length / 9, 0);
}

function simplifyParts(
  parts: SurfaceParts,
  grid: CellGrid,
  error: number,
  settings: MeshSettings,
): SurfaceParts {
  const unit = halfVoxelNm(settings);
  const cells = triangleCount(parts) <= WHOLE_TRIANGLES ? [joined(parts)] : intoCells(parts, grid);
  return cells.map((corners) => simplifySoup(corners, unit, error)).filter(({ length }) => length > 0);
}

function joined(parts: SurfaceParts): Int32Array {
  const soup = new TriangleSoup(triangleCount(parts));
  for (const corners of parts) soup.pushAll(corners);
  return soup.corners;
}

function intoCells(parts: SurfaceParts, { size, offset }: CellGrid): Int32Array[] {
  const cells = new Map<string, TriangleSoup>();
  for (const corners of parts) {
    for (let t = 0; t < corners.length; t += 9) {
      const cell = [0, 1, 2].map((axis) => {
        const sum = (corners[t + axis] ?? 0) + (corners[t + 3 + axis] ?? 0) + (corners[t + 6 + axis] ?? 0);
        return Math.floor((sum / 3 - offset) / size);
      });
      const key = cell.join();
      let soup = cells.get(key);
      if (soup === undefined) cells.set(key, (soup = new TriangleSoup()));
      soup.push(corners, t);
    }
  }
  return [...cells.keys()].sort().map((key) => cells.get(key)?.corners ?? new Int32Array(0));
}

function simplifySoup(corners: Int32Array, unit: Vec3, error: number): Int32Array {
  const mesh = indexSoup(corners);
  const triangles = simplify({ positions: toNm(mesh.positions, unit), triangles: mesh.triangles }, { error });
  const { positions } = mesh;
  const result = new Int32Array(3 * triangles.length);
  for (let c = 0; c < triangles.length; c++) {
    const vertex = 3 * (triangles[c] ?? 0);
    result[3 * c] = positions[vertex] ?? 0;
    result[3 * c + 1] = positions[vertex + 1] ?? 0;
    result[3 * c + 2] = positions[vertex + 2] ?? 0;
  }
  return result;
}

/** In nanometres from the first vertex: small numbers, so that 32-bit floats are exact enough. */
function toNm(positions: Int32Array, unit: Vec3): Float32Array {
  const result = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    result[i] = ((positions[i] ?? 0) - (positions[axis] ?? 0)) * unit[axis];
  }
  return result;
}

/** A surface of a piece, simplified. Positions are in half voxels from any origin. */
export function simplifyPiece(
  positions: Uint16Array,
  triangles: Uint32Array,
  settings: MeshSettings,
  error: number,
): { readonly positions: Uint16Array; readonly triangles: Uint32Array } {
  const unit = halfVoxelNm(settings);
  const inNm = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i++) inNm[i] = (positions[i] ?? 0) * unit[(i % 3) as 0 | 1 | 2];
  const simplified = simplify({ positions: inNm, triangles }, { error });
  const used = dropUnusedVertices(simplified, positions.length / 3);
  const kept = new Uint16Array(3 * used.vertices.length);
  used.vertices.forEach((vertex, i) => {
    kept.set(positions.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
  });
  return { positions: kept, triangles: used.triangles };
}
