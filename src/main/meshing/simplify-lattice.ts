import type { Vec3 } from '../../shared/base/vec3';
import type { Smoothing } from '../../shared/kernels/edge-collapses';
import { roundPositions } from '../../shared/kernels/round-positions';
import { dropUnusedVertices, simplify } from '../../shared/kernels/simplification';
import type { LatticeMesh } from '../../shared/kernels/triangle-soup';
import { borderVertices, vertexFans } from '../../shared/kernels/vertex-fans';

export interface LatticeLimits {
  /** Limits in nm for collapses (`error`) and for the measured result (`bound`). */
  readonly error: number;
  readonly bound: number;
  readonly smoothing?: Smoothing | undefined;
  /**
   * Simplification ends at this share of the triangles that aren't at the border; 0 means as few as the error allows.
   */
  readonly keptShare: number;
}

/**
 * Simplifies a surface on the lattice of lattice.ts and rounds its positions again.
 *
 * @param mesh its positions are changed
 * @param unitNm the size of a step in nanometres
 * @param rounding positions become multiples of these numbers of steps, unless two of them would become equal
 * @param locks 1 for vertices that have to stay, in addition to those at the border
 */
export function simplifyOnLattice(
  { positions, triangles }: LatticeMesh,
  { error, bound, smoothing, keptShare }: LatticeLimits,
  unitNm: Vec3,
  rounding: Vec3,
  locks?: Uint8Array,
): LatticeMesh {
  const inNm = { positions: toNm(positions, unitNm), triangles };
  const border = borderVertices(vertexFans(triangles, positions.length / 3));
  const targetTriangles = goalOf(triangles, border, keptShare);
  const simpler = simplify(inNm, {
    error,
    bound,
    smoothing,
    targetTriangles,
    ...(locks === undefined ? {} : { locks }),
  });
  const isUsed = new Uint8Array(positions.length / 3);
  for (const vertex of simpler.triangles) isUsed[vertex] = 1;
  for (let i = 0; i < positions.length; i++) {
    // Positions that weren't moved are exact.
    if (simpler.positions[i] === inNm.positions[i]) continue;
    const axis = (i % 3) as 0 | 1 | 2;
    positions[i] = (positions[axis] ?? 0) + Math.round((simpler.positions[i] ?? 0) / unitNm[axis]);
  }
  roundPositions(positions, rounding, isUsed, border);
  return withoutUnused(positions, simpler.triangles);
}

function withoutUnused(positions: Int32Array, corners: Uint32Array): LatticeMesh {
  const { triangles, vertices } = dropUnusedVertices(corners, positions.length / 3);
  const used = new Int32Array(3 * vertices.length);
  for (let v = 0; v < vertices.length; v++) {
    const from = 3 * (vertices[v] ?? 0);
    used[3 * v] = positions[from] ?? 0;
    used[3 * v + 1] = positions[from + 1] ?? 0;
    used[3 * v + 2] = positions[from + 2] ?? 0;
  }
  return { positions: used, triangles };
}

/**
 * Returns the number of triangles to which a surface is reduced. Triangles at its border always stay and don't count
 * for the share.
 */
function goalOf(triangles: Uint32Array, border: Uint8Array | undefined, keptShare: number): number {
  const count = triangles.length / 3;
  if (keptShare === 0 || keptShare === 1) return keptShare * count;
  let staying = 0;
  for (let t = 0; t < triangles.length && border !== undefined; t += 3) {
    const a = triangles[t] ?? 0;
    const b = triangles[t + 1] ?? 0;
    const c = triangles[t + 2] ?? 0;
    if (border[a] === 1 || border[b] === 1 || border[c] === 1) staying++;
  }
  return staying + Math.ceil(keptShare * (count - staying));
}

/** Converts to nanometres from the first vertex. The numbers are then small enough for 32-bit floats. */
function toNm(positions: Int32Array, unit: Vec3): Float32Array {
  const result = new Float32Array(positions.length);
  for (const axis of [0, 1, 2] as const) {
    const from = positions[axis] ?? 0;
    for (let i: number = axis; i < positions.length; i += 3)
      result[i] = ((positions[i] ?? 0) - from) * unit[axis];
  }
  return result;
}
