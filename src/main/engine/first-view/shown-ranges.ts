import { middleRange, SHARE_BEYOND, type ValueRange } from '../../../shared/kernels/value-range';
import { PrecomputedSource } from '../../sources/precomputed-source';
import { sampleValues } from '../../sources/value-sample';
import type { Dataset } from '../dataset/dataset';

/** Bytes of an image that differ by less are too dark, or have too little contrast, to be shown as they are. */
const LEAST_SPREAD_OF_BYTES = 128;

/**
 * Returns for each channel the values that a viewer of an image should show as black and white, from a sample of the
 * coarsest scale. Returns none for labels. Returns none for bytes either, whose whole range viewers show, unless they
 * are grey and use less than half of it at the finest scale. Averages, as in coarser scales, use less of it.
 * @throws InvalidInputError if a chunk is corrupt; IoError
 */
export async function rangesToShow({ root, info }: Pick<Dataset, 'root' | 'info'>): Promise<ValueRange[]> {
  const isBytes = info.data_type === 'uint8';
  if (info.type !== 'image' || info.data_type === 'uint64' || (isBytes && info.num_channels > 1)) return [];
  const scale = isBytes ? 0 : info.scales.length - 1;
  const source = new PrecomputedSource({ format: 'precomputed', root, info, scale, missingChunks: 'zero' });
  try {
    const samples = await sampleValues(source);
    const ranges = samples.map(
      (values) => middleRange(values, SHARE_BEYOND) ?? ([0, isBytes ? 255 : 1] as const),
    );
    if (isBytes) return ranges.filter(([low, high]) => high - low < LEAST_SPREAD_OF_BYTES);
    const isFloat = info.data_type === 'float32';
    return isFloat ? ranges.map(([low, high]) => [toFourDigits(low), toFourDigits(high)]) : ranges;
  } finally {
    await source.close();
  }
}

function toFourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
