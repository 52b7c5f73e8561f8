import { vec3, type Vec3 } from '../../../shared/base/vec3';
import type { SourceMetadata } from '../volume-source';

/** Where the voxels lie in space, as far as a file tells. */
export type Geometry = Pick<SourceMetadata, 'resolutionNm' | 'voxelOffset'>;

const FURTHEST = 2 ** 31 - 1;

/**
 * @param spacingNm distance between voxels in nanometres
 * @param originNm centre or corner of the first voxel, in nanometres, rounded to whole voxels
 */
export function geometry(spacingNm: Vec3 | undefined, originNm?: Vec3): Geometry {
  if (spacingNm === undefined || !spacingNm.every((spacing) => Number.isFinite(spacing) && spacing > 0))
    return {};
  // Rounded to 7 digits, which is what single precision has: 0.1 mm is 100000.0015 nm otherwise.
  const resolutionNm = vec3((axis) => Number(spacingNm[axis].toPrecision(7)));
  const voxelOffset = originNm && vec3((axis) => Math.round(originNm[axis] / spacingNm[axis]) + 0);
  const isUsable = voxelOffset?.every((offset) => Math.abs(offset) <= FURTHEST) === true;
  return isUsable && voxelOffset.some((offset) => offset !== 0)
    ? { resolutionNm, voxelOffset }
    : { resolutionNm };
}
