import type { TriangleMesh } from '../../shared/base/triangle-mesh';
import type { Vec3 } from '../../shared/base/vec3';
import { borderVertices, vertexFans } from '../../shared/kernels/vertex-fans';
import { dropUnusedVertices, simplify } from '../../shared/kernels/simplification';
import { indexSoup } from '../../shared/kernels/triangle-soup';
import { halfVoxelNm } from './lattice';
import {
  NODE_TRIANGLES,
  PIECE_ERROR_SHARE,
  SEAM_ERROR_SHARE,
  WORTHWHILE_LEVEL,
  type MeshSettings,
} from './mesh-settings';
import { cellsOf, isOneCell } from './surface-cells';
import { triangleCount, type SurfaceParts } from './surface-parts';
import type { SurfaceSpill } from './surface-spill';

/** The surface of a label at all levels of detail. */
export interface LabelLevels {
  /** The finest first; at least one. */
  readonly levels: readonly SurfaceParts[];
  /** Levels of the octree: its finest has nodes of about NODE_TRIANGLES. Not all need be there. */
  readonly depth: number;
}

/**
 * Makes all levels of detail of a label from its pieces, each level from the one before, cell by cell.
 *
 * @param pieces the surface, simplified within the pieces
 * @param spill keeps the levels
 * @param goal triangles of the finest level that are few enough; the others have as few as their errors allow
 */
export function makeLevels(
  pieces: SurfaceParts,
  settings: MeshSettings,
  spill: SurfaceSpill,
  goal = 0,
): LabelLevels {
  const { errorNm, maxLevels } = settings;
  const finest = makeFinest(pieces, settings, spill, goal);
  const levels = [finest];
  const depth = 1 + Math.max(0, Math.ceil(Math.log2(triangleCount(finest) / NODE_TRIANGLES) / 2));
  let last = finest;
  for (let level = 1; level < Math.min(depth, maxLevels); level++) {
    const error = errorNm * (levelError(level) - levelError(level - 1));
    const next = simplifyParts(last, level % 2 === 1, { error, goal: 0 }, settings, spill);
    if (triangleCount(next) > triangleCount(last) * WORTHWHILE_LEVEL) break;
    levels.push(next);
    last = next;
  }
  return { levels, depth };
}

/** The error of a level as a multiple of that of the finest. */
export function levelError(level: number): number {
  return 2 ** level;
}

/** The second time there are no seams where the first time had one cell. */
function makeFinest(
  pieces: SurfaceParts,
  settings: MeshSettings,
  spill: SurfaceSpill,
  goal: number,
): SurfaceParts {
  const { errorNm } = settings;
  const seamError = errorNm * SEAM_ERROR_SHARE;
  const joinedError = errorNm * (1 - PIECE_ERROR_SHARE) - seamError;
  if (isOneCell(pieces)) {
    return simplifyParts(pieces, true, { error: joinedError + seamError, goal }, settings, spill);
  }
  // The borders of pieces are near those of the cells that aren't shifted.
  const parts = simplifyParts(pieces, true, { error: joinedError, goal }, settings, spill);
  return simplifyParts(parts, false, { error: seamError, goal }, settings, spill);
}

interface PassLimits {
  readonly error: number;
  /** Triangles of the whole that are few enough; each cell contributes its share. */
  readonly goal: number;
}

function simplifyParts(
  parts: SurfaceParts,
  isShifted: boolean,
  { error, goal }: PassLimits,
  settings: MeshSettings,
  spill: SurfaceSpill,
): SurfaceParts {
  const unit = halfVoxelNm(settings);
  const keptShare = Math.min(1, goal / triangleCount(parts));
  const result = [];
  for (const cell of cellsOf(parts, isShifted)) {
    const corners = simplifySoup(cell, unit, error, keptShare);
    if (corners.length > 0) result.push(spill.keep(corners));
  }
  return result;
}

function simplifySoup(corners: Int32Array, unit: Vec3, error: number, keptShare: number): Int32Array {
  const mesh = indexSoup(corners);
  const inNm = { positions: toNm(mesh.positions, unit), triangles: mesh.triangles };
  const triangles = simplify(inNm, { error, targetTriangles: goalOf(inNm, keptShare) });
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

/** The triangles that are left of a surface of which a share is kept, but for those at its border, which all stay. */
function goalOf({ positions, triangles }: TriangleMesh, keptShare: number): number {
  const count = triangles.length / 3;
  if (keptShare === 0 || keptShare === 1) return keptShare * count;
  const border = borderVertices(vertexFans(triangles, positions.length / 3));
  let staying = 0;
  for (let t = 0; t < triangles.length && border !== undefined; t += 3) {
    const [a = 0, b = 0, c = 0] = triangles.subarray(t, t + 3);
    if (border[a] === 1 || border[b] === 1 || border[c] === 1) staying++;
  }
  return staying + Math.ceil(keptShare * (count - staying));
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
  const mesh = { positions: inNm, triangles };
  const simplified = simplify(mesh, { error, targetTriangles: goalOf(mesh, settings.keptShare) });
  const used = dropUnusedVertices(simplified, positions.length / 3);
  const kept = new Uint16Array(3 * used.vertices.length);
  used.vertices.forEach((vertex, i) => {
    kept.set(positions.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
  });
  return { positions: kept, triangles: used.triangles };
}
