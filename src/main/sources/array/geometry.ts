import { vec3, type Vec3 } from '../../../shared/base/vec3';
import type { SourceMetadata } from '../volume-source';

/** The size of the voxels and their position in space, as far as a file stores them. */
export type Geometry = Pick<SourceMetadata, 'resolutionNm' | 'voxelOffset'>;

const FURTHEST = 2 ** 31 - 1;

/**
 * Returns the resolution and the voxel offset, leaving out what is unknown or unusable.
 * @param spacingNm the distance between voxels in nanometres
 * @param originNm the centre or corner of the first voxel in nanometres, which is rounded to whole voxels
 */
export function geometry(spacingNm: Vec3 | undefined, originNm?: Vec3): Geometry {
  if (spacingNm === undefined || !spacingNm.every((spacing) => Number.isFinite(spacing) && spacing > 0))
    return {};
  // Single precision has about 7 digits. Without rounding, 0.1 mm would be 100000.0015 nm.
  const resolutionNm = vec3((axis) => Number(spacingNm[axis].toPrecision(7)));
  const voxelOffset = originNm && vec3((axis) => Math.round(originNm[axis] / spacingNm[axis]) + 0);
  const isUsable = voxelOffset?.every((offset) => Math.abs(offset) <= FURTHEST) === true;
  return isUsable && voxelOffset.some((offset) => offset !== 0)
    ? { resolutionNm, voxelOffset }
    : { resolutionNm };
}
