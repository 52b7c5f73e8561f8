import type { Vec3 } from '../../shared/base/vec3';
import { max3, min3, vec3 } from '../../shared/base/vec3';
import { STEPS_PER_VOXEL } from '../../shared/kernels/surface-net';
import { ROUNDING_SHARE, type MeshSettings } from './mesh-settings';

/**
 * The size of a step in nm. Surfaces are stored on a lattice of whole steps, counted from the outer corner of the
 * volume's first voxel. Only this module converts between steps and nanometres.
 */
export function stepNm(settings: Pick<MeshSettings, 'resolutionNm'>): Vec3 {
  return vec3((i) => settings.resolutionNm[i] / STEPS_PER_VOXEL);
}

/** Positions of the finest level are rounded to multiples of these numbers of steps, a power of two on each axis. */
export function roundingSteps(settings: Pick<MeshSettings, 'resolutionNm' | 'errorNm'>): Vec3 {
  const unit = stepNm(settings);
  return vec3((i) => {
    const wanted = (settings.errorNm * ROUNDING_SHARE) / unit[i];
    return 2 ** Math.min(20, Math.max(0, Math.floor(Math.log2(wanted))));
  });
}

/** Converts a position of the lattice to nm. */
export function latticeToNm(position: Vec3, settings: MeshSettings): Vec3 {
  const { resolutionNm, voxelOffset } = settings;
  return vec3((i) => (voxelOffset[i] + position[i] / STEPS_PER_VOXEL) * resolutionNm[i]);
}

/** Bounds that include both ends. */
export interface LatticeBounds {
  readonly min: Vec3;
  readonly max: Vec3;
}

/** Returns the bounds of the corners of triangles. */
export function boundsOf(corners: Int32Array): LatticeBounds {
  const [x, y, z] = [extentOf(corners, 0), extentOf(corners, 1), extentOf(corners, 2)];
  return { min: [x.min, y.min, z.min], max: [x.max, y.max, z.max] };
}

function extentOf(corners: Int32Array, axis: 0 | 1 | 2): { readonly min: number; readonly max: number } {
  if (corners.length === 0) return { min: Infinity, max: -Infinity };
  let min = corners[axis] ?? 0;
  let max = min;
  for (let i: number = axis; i < corners.length; i += 3) {
    const p = corners[i] ?? 0;
    if (p < min) min = p;
    else if (p > max) max = p;
  }
  return { min, max };
}

export function joinedBounds(all: readonly LatticeBounds[]): LatticeBounds {
  return all.reduce((a, b) => ({ min: min3(a.min, b.min), max: max3(a.max, b.max) }), {
    min: [Infinity, Infinity, Infinity],
    max: [-Infinity, -Infinity, -Infinity],
  });
}
