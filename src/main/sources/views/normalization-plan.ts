import { named } from '../../../shared/api/mentions';
import { BoxGrid, boxShape, boxVolume, type Box } from '../../../shared/base/box';
import { allocateVoxels, isSigned } from '../../../shared/base/data-type';
import { scatter } from '../../../shared/base/scatter';
import { vec3, ZERO3 } from '../../../shared/base/vec3';
import { say } from '../../../shared/base/words';
import { percentileRange, type ValueRange, SHARE_BEYOND } from '../../../shared/kernels/value-range';
import type { OpenOptions } from '../source-opener';
import type { VolumeSource } from '../volume-source';
import type { ClaheSpec } from './clahe-view';
import type { SliceRangesSpec } from './slice-ranges-view';
import { refusal, requireImage, requireWindowType } from './value-mapping';

/** Slices of at most this many values are looked at as a whole, others in at least as many values. */
const SAMPLED_VALUES = 2 ** 18;
/** The fewest storage units that are looked at in a slice that isn't looked at as a whole. */
const FEWEST_UNITS = 16;

/**
 * Plans the view that makes the contrast of all slices alike. For `slices`, every slice of the source is looked at.
 * @throws InvalidInputError if the source or the output can't be normalized, or if another option sets the contrast too
 */
export async function planNormalization(
  { normalize, normalizeSmoothing = 0, window, kind, dataType = 'uint8' }: OpenOptions,
  source: VolumeSource,
): Promise<SliceRangesSpec | ClaheSpec | undefined> {
  if (normalize === undefined) return undefined;
  requireImage('normalize', kind ?? source.metadata.kind);
  if (window !== undefined) {
    const remedy = say`Give ${named('normalize')} or ${named('window')}, not both.`;
    throw refusal('normalize', say`the values are already mapped with ${named('window')}.`, remedy, [
      'window',
    ]);
  }
  requireWindowType('normalize', dataType);
  if (normalize === 'clahe') return { kind: 'clahe', dataType };
  const ranges = smooth(fillGaps(await sliceRanges(source)), normalizeSmoothing);
  return { kind: 'slice-ranges', ranges, dataType };
}

/**
 * Returns the range of each slice, the same for all channels; undefined for slices of a single value. Zeros of unsigned
 * types don't count, as they are what lies beyond the picture.
 */
async function sliceRanges(source: VolumeSource): Promise<(ValueRange | undefined)[]> {
  const { size, storageShape, storageOrigin = ZERO3, dataType } = source.metadata;
  const whole: Box = { min: ZERO3, max: size };
  const slabs = new BoxGrid(whole, [size[0], size[1], storageShape[2]], storageOrigin);
  const countsZero = dataType.startsWith('float') || isSigned(dataType);
  const ranges: (ValueRange | undefined)[] = [];
  for (const slab of slabs) {
    for (const values of await sampleSlab(source, slab)) {
      ranges.push(percentileRange(countsZero ? values : values.filter((entry) => entry !== 0), SHARE_BEYOND));
    }
  }
  return ranges;
}

/** Returns values of each slice of a slab: all of them, or those of storage units that are spread over the slices. */
async function sampleSlab(source: VolumeSource, slab: Box): Promise<Float64Array[]> {
  const { size, storageShape, storageOrigin = ZERO3, channels, dataType } = source.metadata;
  const unit = vec3((axis) => Math.min(storageShape[axis], size[axis]));
  const units = new BoxGrid(slab, unit, [storageOrigin[0], storageOrigin[1], slab.min[2]]);
  const count = Math.max(FEWEST_UNITS, Math.ceil(SAMPLED_VALUES / (unit[0] * unit[1])));
  const isWhole = size[0] * size[1] <= SAMPLED_VALUES;
  const boxes = isWhole ? [...units] : scatter(units, count);
  const plane = boxes.reduce(
    (sum, box) => sum + boxVolume({ ...box, max: [box.max[0], box.max[1], box.min[2] + 1] }),
    0,
  );
  const step = Math.max(1, Math.floor(plane / SAMPLED_VALUES));
  const depth = slab.max[2] - slab.min[2];
  const samples = Array.from({ length: depth }, () => [] as number[]);
  for (const box of boxes) {
    const data = allocateVoxels(dataType, boxVolume(box) * channels);
    await source.read(box, { box, channels, data });
    const [width, height] = boxShape(box);
    for (let i = 0; i < depth * channels; i++) {
      const sample = samples[i % depth] as number[];
      for (let at = i * width * height; at < (i + 1) * width * height; at += step)
        sample.push(Number(data[at]));
    }
  }
  return samples.map((sample) => Float64Array.from(sample));
}

/** Gives a slice of a single value the range of the nearest slice before it that has one, or else after it. */
function fillGaps(ranges: readonly (ValueRange | undefined)[]): ValueRange[] {
  const first = ranges.find((range) => range !== undefined);
  if (first === undefined) {
    const remedy = say`Leave out ${named('normalize')}.`;
    throw refusal('normalize', 'all voxels of each slice have the same value.', remedy);
  }
  let last = first;
  return ranges.map((range) => (last = range ?? last));
}

/** Averages the ranges of each slice and of up to `reach` slices before and after it. */
function smooth(ranges: readonly ValueRange[], reach: number): ValueRange[] {
  if (reach === 0) return [...ranges];
  return ranges.map((_, z) => {
    const near = ranges.slice(Math.max(0, z - reach), z + reach + 1);
    const mean = (end: 0 | 1) => near.reduce((sum, range) => sum + range[end], 0) / near.length;
    return [mean(0), mean(1)];
  });
}
