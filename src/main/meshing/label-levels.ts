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
  /** The finest first; at least one. */
  readonly levels: readonly SurfaceParts[];
  /** Levels of the octree: its finest has nodes of about NODE_TRIANGLES. Not all need be there. */
  readonly depth: number;
}

/**
 * Makes all levels of detail of a label from its pieces, each level from the one before, cell by cell.
 *
 * @param pieces the surface as it was found
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

/** The error of a level as a multiple of that of the finest. */
export function levelError(level: number): number {
  return 2 ** level;
}

/** What is cut into cells is simplified along their borders a second time. */
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

/** Pieces were simplified a first time already where no share of the triangles is to be kept. */
function smoothingOf({ errorNm, keptShare }: MeshSettings): Smoothing {
  return {
    error: keptShare === 0 ? 0 : errorNm * FIRST_SHARE,
    steps: SMOOTHING_STEPS,
    most: errorNm * SMOOTHING_SHARE,
  };
}

interface PassLimits {
  /** In nm, of collapses and of what is measured. */
  readonly error: number;
  readonly bound: number;
  readonly smoothing: Smoothing | undefined;
  /** Triangles of the whole that are few enough; each cell contributes its share. */
  readonly goal: number;
  /** Decides what positions are rounded to. */
  readonly level: number;
}

interface Pass {
  readonly isShifted: boolean;
  /** Whether only the surface about the borders of the parts is simplified. */
  readonly seamsOnly: boolean;
}

/** Edges from the border of two parts to what is simplified with it. */
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

/** 1 for the vertices that are farther than some edges from all that two parts have in common. */
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
