import { middleRange, SHARE_BEYOND } from '../../../shared/kernels/value-range';
import { PrecomputedSource } from '../../sources/precomputed-source';
import { sampleValues } from '../../sources/value-sample';
import type { Dataset } from '../dataset/dataset';

/**
 * Returns for each channel the values that a viewer of an image should show as black and white, from a sample of the
 * coarsest scale. Returns none for labels, and none for bytes, whose whole range viewers show.
 * @throws InvalidInputError if a chunk is corrupt; IoError
 */
export async function rangesToShow({
  root,
  info,
}: Pick<Dataset, 'root' | 'info'>): Promise<[low: number, high: number][]> {
  if (info.type !== 'image' || info.data_type === 'uint8' || info.data_type === 'uint64') return [];
  const scale = info.scales.length - 1;
  const source = new PrecomputedSource({ format: 'precomputed', root, info, scale, missingChunks: 'zero' });
  try {
    const isFloat = info.data_type === 'float32';
    return (await sampleValues(source)).map((values) => {
      const [low, high] = middleRange(values, SHARE_BEYOND) ?? [0, 1];
      return isFloat ? [toFourDigits(low), toFourDigits(high)] : [low, high];
    });
  } finally {
    await source.close();
  }
}

function toFourDigits(value: number): number {
  return Number(value.toPrecision(4));
}
