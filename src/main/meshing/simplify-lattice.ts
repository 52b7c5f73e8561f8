import type { Vec3 } from '../../shared/base/vec3';
import type { Smoothing } from '../../shared/kernels/edge-collapses';
import { roundPositions } from '../../shared/kernels/round-positions';
import { simplify } from '../../shared/kernels/simplification';
import type { LatticeMesh } from '../../shared/kernels/triangle-soup';

export interface LatticeLimits {
  /** Limits in nm for collapses (`error`) and for the measured result (`bound`). */
  readonly error: number;
  readonly bound: number;
  readonly smoothing?: Smoothing | undefined;
  /** The number of passes through the vertices: 2 by default; 1 is quicker and leaves more triangles. */
  readonly passes?: 1 | 2;
  /**
   * Simplification ends at this share of the triangles that aren't at the border; 0 means as few as the error allows.
   */
  readonly keptShare: number;
}

/**
 * Simplifies a surface on the lattice of lattice.ts and rounds its positions again.
 *
 * @param unitNm the size of a step in nanometres
 * @param rounding positions become multiples of these numbers of steps, unless two of them would become equal
 * @param locks 1 for vertices that have to stay, in addition to those at the border
 */
export function simplifyOnLattice(
  { positions, triangles }: LatticeMesh,
  { error, bound, smoothing, passes = 2, keptShare }: LatticeLimits,
  unitNm: Vec3,
  rounding: Vec3,
  locks?: Uint8Array,
): LatticeMesh {
  const inNm = toNm(positions, unitNm);
  const simpler = simplify(
    { positions: inNm, triangles },
    { error, bound, smoothing, passes, keptShare, ...(locks === undefined ? {} : { locks }) },
  );
  if (simpler === undefined) return { positions, triangles };
  const { vertices, border } = simpler;
  const left = new Int32Array(3 * vertices.length);
  for (const axis of [0, 1, 2] as const) {
    const origin = positions[axis] ?? 0;
    const unit = unitNm[axis];
    for (let v = 0; v < vertices.length; v++) {
      const from = 3 * (vertices[v] ?? 0) + axis;
      const place = simpler.positions[3 * v + axis] ?? 0;
      // Positions that weren't moved are exact.
      left[3 * v + axis] =
        place === inNm[from] ? (positions[from] ?? 0) : origin + Math.floor(place / unit + 0.5);
    }
  }
  roundPositions(left, rounding, border);
  return { positions: left, triangles: simpler.triangles };
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
