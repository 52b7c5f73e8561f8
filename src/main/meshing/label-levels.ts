import { vec3 } from '../../shared/base/vec3';
import type { Smoothing } from '../../shared/kernels/edge-collapses';
import { verticesWithin } from '../../shared/kernels/simplification';
import { indexSoup, soupOf, type LatticeMesh } from '../../shared/kernels/triangle-soup';
import { roundingSteps, stepNm } from './lattice';
import {
  COARSER_SHARE,
  FINEST_BOUND,
  FINEST_SHARE,
  FIRST_SHARE,
  NODE_TRIANGLES,
  SMOOTHING_SHARE,
  SMOOTHING_STEPS,
  WORTHWHILE_LEVEL,
  type MeshSettings,
} from './mesh-settings';
import { simplifyOnLattice } from './simplify-lattice';
import { cellsOf, isOneCell, type CellSoup } from './surface-cells';
import { triangleCount, type SurfaceParts } from './surface-parts';
import type { SurfaceSpill } from './surface-spill';

/** The surface of a label at all levels of detail. */
export interface LabelLevels {
  /** The levels, the finest first; at least one. */
  readonly levels: readonly SurfaceParts[];
  /**
   * The number of levels of the octree, whose finest level has nodes with about NODE_TRIANGLES. Not all levels need
   * exist.
   */
  readonly depth: number;
}

/**
 * Makes all levels of detail of a label from its pieces, each level from the previous one, cell by cell.
 *
 * @param pieces the surface as it was found
 * @param spill stores the levels
 * @param goal the number of triangles of the finest level that is small enough; the other levels have as few as their
 *   errors allow
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
    const limits = {
      error: COARSER_SHARE * errorNm * levelError(level),
      bound: errorNm * (levelError(level) - levelError(level - 1)),
      smoothing: undefined,
      goal: 0,
      level,
    };
    const next = simplifyParts(
      last,
      { isShifted: level % 2 === 1, seamsOnly: false },
      limits,
      settings,
      spill,
    );
    if (triangleCount(next) > triangleCount(last) * WORTHWHILE_LEVEL) break;
    levels.push(next);
    last = next;
  }
  return { levels, depth };
}

/** The error of a level as a multiple of the finest level's error. */
export function levelError(level: number): number {
  return 2 ** level;
}

/** Makes the finest level. A surface that is divided into cells is simplified a second time along their borders. */
function makeFinest(
  pieces: SurfaceParts,
  settings: MeshSettings,
  spill: SurfaceSpill,
  goal: number,
): SurfaceParts {
  const limits = {
    error: settings.errorNm * FINEST_SHARE,
    bound: settings.errorNm * FINEST_BOUND,
    smoothing: settings.isSmooth ? smoothingOf(settings) : undefined,
    goal,
    level: 0,
  };
  const parts = simplifyParts(pieces, { isShifted: true, seamsOnly: false }, limits, settings, spill);
  if (isOneCell(pieces)) return parts;
  return simplifyParts(parts, { isShifted: false, seamsOnly: true }, limits, settings, spill);
}

/** Unless a share of the triangles is to be kept, the pieces have already been simplified once. */
function smoothingOf({ errorNm, keptShare, resolutionNm: [x, y, z] }: MeshSettings): Smoothing {
  return {
    error: keptShare === 0 ? 0 : errorNm * FIRST_SHARE,
    steps: SMOOTHING_STEPS,
    most: errorNm * SMOOTHING_SHARE,
    // A square as large as the faces of voxels on average.
    side: Math.sqrt((x * y + y * z + z * x) / 3),
  };
}

interface PassLimits {
  /** Limits in nm for collapses (`error`) and for the measured result (`bound`). */
  readonly error: number;
  readonly bound: number;
  readonly smoothing: Smoothing | undefined;
  /** The number of triangles of the whole surface that is small enough. Each cell contributes its share. */
  readonly goal: number;
  /** The level, which decides how positions are rounded. */
  readonly level: number;
}

interface Pass {
  readonly isShifted: boolean;
  /** Whether only the surface around the borders of the parts is simplified. */
  readonly seamsOnly: boolean;
}

/** How many edges away from the border of two parts the surface is simplified too. */
const SEAM_EDGES = 3;

function simplifyParts(
  parts: SurfaceParts,
  { isShifted, seamsOnly }: Pass,
  limits: PassLimits,
  settings: MeshSettings,
  spill: SurfaceSpill,
): SurfaceParts {
  const keptShare = Math.min(1, limits.goal / triangleCount(parts));
  const units = vec3((i) => roundingSteps(settings)[i] * 2 ** limits.level);
  const result = [];
  for (const cell of cellsOf(parts, isShifted)) {
    const mesh = indexSoup(cell.corners);
    const locks = seamsOnly ? locksAwayFromSeams(mesh, cell) : undefined;
    const simpler = simplifyOnLattice(mesh, { ...limits, keptShare }, stepNm(settings), units, locks);
    if (simpler.triangles.length > 0) result.push(spill.keep(soupOf(simpler.positions, simpler.triangles)));
  }
  return result;
}

/** Returns 1 for vertices that are more than SEAM_EDGES edges away from everything that two parts have in common. */
function locksAwayFromSeams({ positions, triangles }: LatticeMesh, { starts }: CellSoup): Uint8Array {
  const partOf = new Int32Array(positions.length / 3).fill(-1);
  const seams = new Uint8Array(partOf.length);
  for (let t = 0, part = 0; t < triangles.length; t++) {
    while (part + 1 < starts.length && t >= 3 * (starts[part + 1] ?? Infinity)) part++;
    const vertex = triangles[t] ?? 0;
    if (partOf[vertex] === -1) partOf[vertex] = part;
    else if (partOf[vertex] !== part) seams[vertex] = 1;
  }
  return verticesWithin(triangles, seams, SEAM_EDGES).map((near) => 1 - near);
}
