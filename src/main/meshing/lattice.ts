import type { Vec3 } from '../../shared/base/vec3';
import { max3, min3, vec3 } from '../../shared/base/vec3';
import type { MeshSettings } from './mesh-settings';

/**
 * Surfaces are kept on the lattice of half voxels, counted from the outer corner of the volume's first voxel,
 * where every vertex of marching cubes has whole numbers. This is the one place that knows nanometres.
 */
export function halfVoxelNm(settings: Pick<MeshSettings, 'resolutionNm'>): Vec3 {
  return vec3((i) => settings.resolutionNm[i] / 2);
}

/** Where a position of the lattice is, in nm. */
export function latticeToNm(position: Vec3, settings: MeshSettings): Vec3 {
  const { resolutionNm, voxelOffset } = settings;
  return vec3((i) => (voxelOffset[i] + position[i] / 2) * resolutionNm[i]);
}

/** Both ends belong to it. */
export interface LatticeBounds {
  readonly min: Vec3;
  readonly max: Vec3;
}

/** Bounds of the corners of triangles. */
export function boundsOf(corners: Int32Array): LatticeBounds {
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < corners.length; i += 3) {
    for (const axis of [0, 1, 2] as const) {
      const p = corners[i + axis] ?? 0;
      if (p < min[axis]) min[axis] = p;
      if (p > max[axis]) max[axis] = p;
    }
  }
  return { min, max };
}

export function joinedBounds(all: readonly LatticeBounds[]): LatticeBounds {
  return all.reduce((a, b) => ({ min: min3(a.min, b.min), max: max3(a.max, b.max) }), {
    min: [Infinity, Infinity, Infinity],
    max: [-Infinity, -Infinity, -Infinity],
  });
}
