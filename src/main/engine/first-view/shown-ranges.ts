import { middleRange, SHARE_BEYOND, type ValueRange } from '../../../shared/kernels/value-range';
import { PrecomputedSource } from '../../sources/precomputed-source';
import { sampleValues } from '../../sources/value-sample';
import type { Dataset } from '../dataset/dataset';

/** Bytes of an image that differ by less are too dark, or have too little contrast, to be shown as they are. */
const LEAST_SPREAD_OF_BYTES = 128;

/**
 * Returns for each channel the values that a viewer of an image should show as black and white. They are found by
 * samples of the finest scale, which has all details, and of the coarsest, where a sample covers more. Returns none for
 * labels. Returns none for bytes either, whose whole range viewers show, unless they are grey and use less than half of
 * it.
 * @throws InvalidInputError if a chunk is corrupt; IoError
 */
export async function rangesToShow(dataset: Pick<Dataset, 'root' | 'info'>): Promise<ValueRange[]> {
  const { type, data_type: dataType, num_channels: channels, scales } = dataset.info;
  const isBytes = dataType === 'uint8';
  if (type !== 'image' || dataType === 'uint64' || (isBytes && channels > 1)) return [];
  const sampled = await Promise.all(
    [...new Set([0, scales.length - 1])].map((scale) => rangesOfScale(dataset, scale)),
  );
  const ranges = Array.from(
    { length: channels },
    (_, channel) => widest(sampled.map((ranges) => ranges[channel])) ?? ([0, isBytes ? 255 : 1] as const),
  );
  if (isBytes) return ranges.filter(([low, high]) => high - low < LEAST_SPREAD_OF_BYTES);
  return dataType === 'float32'
    ? ranges.map(([low, high]) => [toFourDigits(low), toFourDigits(high)])
    : ranges;
}

async function rangesOfScale(
  { root, info }: Pick<Dataset, 'root' | 'info'>,
  scale: number,
): Promise<(ValueRange | undefined)[]> {
  const source = new PrecomputedSource({ format: 'precomputed', root, info, scale, missingChunks: 'zero' });
  try {
    return (await sampleValues(source)).map((values) => middleRange(values, SHARE_BEYOND));
  } finally {
    await source.close();
  }
}

/** Returns the range from the lowest to the highest value of all ranges, or undefined if there is none. */
function widest(ranges: readonly (ValueRange | undefined)[]): ValueRange | undefined {
  const found = ranges.filter((range) => range !== undefined);
  if (found.length === 0) return undefined;
  return [Math.min(...found.map(([low]) => low)), Math.max(...found.map(([, high]) => high))];
}

function toFourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
