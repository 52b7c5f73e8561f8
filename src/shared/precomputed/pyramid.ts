/**
 * The scales of a pyramid: how many, by which factors, and what each covers.
 *
 * Factors follow neuroglancer-scripts (scale_stats of its info generation): an axis that is coarser than the
 * finest one waits until the others have caught up, so that voxels become isotropic. The pyramid ends when
 * the volume fits in about two chunks a side.
 */
import { InvalidInputError } from '../base/errors';
import { ceilDivide3, multiply3, ONE3, product3, vec3, type Vec3 } from '../base/vec3';

/** One level of a pyramid, in its own voxels. */
export interface PyramidScale {
  /** Folder name, from the resolution: `16_16_40`. */
  readonly key: string;
  readonly size: Vec3;
  readonly resolutionNm: Vec3;
  readonly voxelOffset: Vec3;
  /** Voxels of the scale before that make one of this one; [1, 1, 1] for the first. */
  readonly factors: Vec3;
}

export interface PyramidRequest {
  readonly size: Vec3;
  readonly resolutionNm: Vec3;
  readonly voxelOffset: Vec3;
  readonly chunkSize: Vec3;
  /** 'auto', or the factors of each step; the last repeats. */
  readonly factors: 'auto' | readonly Vec3[];
  /** Number of scales, the first included; undefined: until the volume fits in about two chunks a side. */
  readonly scaleCount: number | undefined;
}

/** More steps than this would halve the largest volume that can be named down to one voxel. */
const MAX_SCALES = 40;

/**
 * Each scale has ceil(size / factors) voxels, its windows anchored at the volume's first voxel; its offset
 * is the one before divided by the factors and rounded down, as in cloud-volume.
 * @throws InvalidInputError where factors that were asked for leave the volume as it is
 */
export function planPyramid(request: PyramidRequest): PyramidScale[] {
  const first: PyramidScale = {
    key: scaleKey(request.resolutionNm),
    size: request.size,
    resolutionNm: request.resolutionNm,
    voxelOffset: request.voxelOffset,
    factors: ONE3,
  };
  const scales = [first];
  let last = first;
  while (scales.length < (request.scaleCount ?? MAX_SCALES)) {
    if (request.scaleCount === undefined && fitsInTwoChunks(last.size, request.chunkSize)) break;
    const factors = stepFactors(request, last, scales.length - 1);
    if (factors === undefined) break;
    last = coarser(last, factors);
    scales.push(last);
  }
  return scales;
}

function stepFactors(request: PyramidRequest, last: PyramidScale, step: number): Vec3 | undefined {
  if (request.factors === 'auto') return automaticFactors(last);
  const factors = request.factors[Math.min(step, request.factors.length - 1)] ?? ONE3;
  if (product3(factors) === 1) {
    throw new InvalidInputError('The factors 1,1,1 make no coarser scale.', {
      remedy: 'Give factors of which at least one is 2 or more, or set the number of scales to 1.',
    });
  }
  return request.scaleCount === undefined && product3(last.size) === 1 ? undefined : factors;
}

/** Halves the axes that are within √2 of the finest voxel edge; undefined when nothing is left to halve. */
function automaticFactors({ resolutionNm, size }: PyramidScale): Vec3 | undefined {
  const divisible = ([0, 1, 2] as const).filter((axis) => size[axis] > 1);
  if (divisible.length === 0) return undefined;
  const finest = Math.min(...divisible.map((axis) => resolutionNm[axis]));
  return vec3((axis) => (size[axis] > 1 && Math.round(Math.log2(resolutionNm[axis] / finest)) <= 0 ? 2 : 1));
}

function coarser(scale: PyramidScale, factors: Vec3): PyramidScale {
  const resolutionNm = multiply3(scale.resolutionNm, factors);
  return {
    key: scaleKey(resolutionNm),
    size: ceilDivide3(scale.size, factors),
    resolutionNm,
    voxelOffset: vec3((axis) => Math.floor(scale.voxelOffset[axis] / factors[axis])),
    factors,
  };
}

function fitsInTwoChunks(size: Vec3, chunkSize: Vec3): boolean {
  return ([0, 1, 2] as const).every((axis) => size[axis] <= 2 * chunkSize[axis]);
}

/** `16_16_40`; fractions as they are, without an exponent: `0.5_0.5_2`. */
export function scaleKey(resolutionNm: Vec3): string {
  return resolutionNm.map(formatDecimal).join('_');
}

function formatDecimal(value: number): string {
  const short = String(Number(value.toPrecision(12)));
  return short.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : short;
}

/**
 * True where the offset of some scale had to be rounded, so that this scale lies up to a voxel of its own
 * beside its true place.
 */
export function hasRoundedOffsets(scales: readonly PyramidScale[]): boolean {
  return scales.some((scale, i) => {
    const before = scales[i - 1];
    return (
      before !== undefined &&
      ([0, 1, 2] as const).some((axis) => before.voxelOffset[axis] % scale.factors[axis] !== 0)
    );
  });
}
