import { boxShape, intersectBoxes, isEmptyBox, type Box } from '../../shared/base/box';
import { equal3, vec3, type Vec3 } from '../../shared/base/vec3';
import { scaleBoundsNm, scaleBox } from '../../shared/precomputed/scale-chunks';
import type { ScaleInfo } from '../../shared/precomputed/volume-info';

/** Fractions of a voxel up to this size are rounding errors from the conversion between units. */
const ROUNDING = 1e-6;

/** Returns the box of a whole scale, in voxels of `resolutionNm`, as viewers count them. */
export function boundsOf(scale: ScaleInfo, resolutionNm: Vec3): Box {
  const { min, max } = scaleBoundsNm(scale);
  return {
    min: vec3((axis) => Math.floor(min[axis] / resolutionNm[axis] + ROUNDING)),
    max: vec3((axis) => Math.ceil(max[axis] / resolutionNm[axis] - ROUNDING)),
  };
}

/**
 * Returns the box of whole voxels between two corners. On an axis on which both corners lie in the same voxel, it is
 * as long as `bounds`.
 */
export function boxOfCorners(a: Vec3, b: Vec3, bounds: Box): Box {
  const isFlat = vec3((axis) => Number(Math.floor(a[axis]) === Math.floor(b[axis])));
  const box = {
    min: vec3((axis) => (isFlat[axis] ? bounds.min[axis] : Math.floor(Math.min(a[axis], b[axis])))),
    max: vec3((axis) => (isFlat[axis] ? bounds.max[axis] : Math.floor(Math.max(a[axis], b[axis])) + 1)),
  };
  return intersectBoxes(box, bounds);
}

/**
 * Returns the voxels of a scale, counted from 0, that a region covers or touches; an empty box if there are none.
 *
 * @param region in voxels of `resolutionNm`, as viewers count them
 */
export function partOfScale(region: Box, resolutionNm: Vec3, { resolution, ...scale }: ScaleInfo): Box {
  if (isEmptyBox(region)) return region;
  const place = (position: Vec3, axis: 0 | 1 | 2): number =>
    (position[axis] * resolutionNm[axis]) / resolution[axis] - scale.voxel_offset[axis];
  const part = {
    min: vec3((axis) => Math.floor(place(region.min, axis) + ROUNDING)),
    max: vec3((axis) => Math.ceil(place(region.max, axis) - ROUNDING)),
  };
  return intersectBoxes(part, scaleBox({ resolution, ...scale }));
}

/** Returns a part in the notation of the crop option; undefined if it is the whole scale. */
export function cropOf(part: Box, scale: ScaleInfo): string | undefined {
  if (equal3(boxShape(part), scale.size)) return undefined;
  return part.min.map((from, axis) => `${from}:${part.max[axis] ?? from}`).join(',');
}
