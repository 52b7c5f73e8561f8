/**
 * The scales of a pyramid: their number, their factors, and their extents.
 *
 * Factors follow neuroglancer-scripts (scale_stats of its info generation): an axis that is coarser than the finest
 * one waits until the others have caught up, so that voxels become isotropic. The pyramid ends when the volume has no
 * more chunks than one with two chunks on each axis, that is, eight. A viewer loads these at once, and a further
 * scale would save nothing.
 */
import { InvalidInputError } from '../base/errors';
import { ceilDivide3, equal3, ONE3, product3, vec3, type Vec3 } from '../base/vec3';

/** One level of a pyramid, in its own voxels. */
export interface PyramidScale {
  /** The folder name, made from the resolution: `16_16_40`. */
  readonly key: string;
  readonly size: Vec3;
  readonly resolutionNm: Vec3;
  readonly voxelOffset: Vec3;
  /**
   * The number of voxels of the previous scale, on each axis, that make one of this scale; [1, 1, 1] for the first
   * scale.
   */
  readonly factors: Vec3;
}

export interface PyramidRequest {
  readonly size: Vec3;
  readonly resolutionNm: Vec3;
  readonly voxelOffset: Vec3;
  readonly chunkSize: Vec3;
  /** 'auto', or the factors of each step; the last ones repeat. */
  readonly factors: 'auto' | readonly Vec3[];
  /**
   * The greatest number of scales, including the first. If undefined, the pyramid ends when the volume has no more
   * chunks than one with two chunks on each axis.
   */
  readonly scaleCount: number | undefined;
}

/** This number of steps reduces even the largest possible volume to one voxel. */
const MAX_SCALES = 40;

/**
 * Plans the scales of a pyramid. Each scale has ceil(size / factors) voxels, whose windows are anchored at the
 * volume's first voxel. Its offset is that of the previous scale divided by the factors and rounded down, as in
 * cloud-volume. There are fewer scales than requested if a further one would be as large as the one before it.
 * @throws InvalidInputError if requested factors don't make the volume smaller
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
    const factors = stepFactors(request, last, scales.length - 1);
    const next = coarser(last, factors);
    if (equal3(next.size, last.size)) break;
    if (request.scaleCount === undefined && isFewChunks(last, request)) break;
    last = next;
    scales.push(last);
  }
  return scales;
}

function stepFactors(request: PyramidRequest, last: PyramidScale, step: number): Vec3 {
  if (request.factors === 'auto') return automaticFactors(last);
  const factors = request.factors[Math.min(step, request.factors.length - 1)] ?? ONE3;
  if (product3(factors) === 1) {
    throw new InvalidInputError('Factors of 1,1,1 make no coarser scale.', {
      remedy: 'Give factors with at least one of 2 or more, or set the number of scales to 1.',
      fields: { code: 'unfit-option', usage: true, options: ['factors'] },
    });
  }
  // An axis of one voxel keeps its resolution, so that the volume keeps its extent.
  return vec3((axis) => (last.size[axis] > 1 ? factors[axis] : 1));
}

/** Halves the axes whose voxel edges are within √2 of the finest one. Axes of one voxel don't count. */
function automaticFactors({ resolutionNm, size }: PyramidScale): Vec3 {
  const divisible = ([0, 1, 2] as const).filter((axis) => size[axis] > 1);
  const finest = Math.min(...divisible.map((axis) => resolutionNm[axis]));
  return vec3((axis) => (size[axis] > 1 && Math.round(Math.log2(resolutionNm[axis] / finest)) <= 0 ? 2 : 1));
}

function coarser(scale: PyramidScale, factors: Vec3): PyramidScale {
  // Rounded to 12 digits, because 3 × 0.1 is 0.30000000000000004 in binary.
  const resolutionNm = vec3((axis) => Number((scale.resolutionNm[axis] * factors[axis]).toPrecision(12)));
  return {
    key: scaleKey(resolutionNm),
    size: ceilDivide3(scale.size, factors),
    resolutionNm,
    voxelOffset: vec3((axis) => Math.floor(scale.voxelOffset[axis] / factors[axis])),
    factors,
  };
}

/**
 * Reports whether there are no more chunks than with two on each axis. Only axes that the factors can make smaller
 * count.
 */
function isFewChunks({ size }: PyramidScale, { size: whole, chunkSize, factors }: PyramidRequest): boolean {
  const axes = ([0, 1, 2] as const).filter(
    (axis) => whole[axis] > 1 && (factors === 'auto' || factors.some((step) => step[axis] > 1)),
  );
  const chunks = axes.reduce<number>((product, axis) => product * Math.ceil(size[axis] / chunkSize[axis]), 1);
  return chunks <= 2 ** axes.length;
}

/** Formats a resolution as in `16_16_40`. Fractions have no exponent: `0.5_0.5_2`. */
export function scaleKey(resolutionNm: Vec3): string {
  return resolutionNm.map(formatDecimal).join('_');
}

function formatDecimal(value: number): string {
  const short = String(Number(value.toPrecision(12)));
  return short.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : short;
}

/**
 * Reports whether the offset of some scale had to be rounded, so that the scale is up to one of its own voxels away
 * from its true position.
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
