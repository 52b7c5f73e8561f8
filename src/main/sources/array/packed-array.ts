import { bytesPerVoxel, type DataType } from '../../../shared/base/data-type';
import type { OpenOptions } from '../source-opener';
import { chooseAxes, packedStrides, stridesOf, type ArrayAxes } from './array-axes';
import { bytesLength, type BytesRef } from './bytes-ref';
import type { DenseLayout } from './dense-parts';
import { endsEarly } from './random-bytes';

/** The description of an array without gaps in the header of a file. */
export interface PackedArray {
  readonly shape: readonly number[];
  /** In C order the last axis is the fastest, in F order the first. */
  readonly order: 'C' | 'F';
  /** The names of the axes, if the format has any. */
  readonly names?: readonly (string | undefined)[];
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  readonly offsetBytes: number;
}

/** Returns the length of the content of a file that ends with the last voxel of an array. */
export function lengthWith({
  shape,
  dataType,
  offsetBytes,
}: Pick<PackedArray, 'shape' | 'dataType' | 'offsetBytes'>): number {
  return shape.reduce((product, length) => product * length, bytesPerVoxel(dataType)) + offsetBytes;
}

/**
 * Returns the layout of an array in its bytes, and its axes.
 * @param where the array's name in messages
 * @throws InvalidInputError if the axes are unclear, or if there are too few bytes
 */
export function layOutArray(
  array: PackedArray,
  bytes: BytesRef,
  options: OpenOptions,
  where: string,
): { readonly axes: ArrayAxes; readonly layout: DenseLayout } {
  const { shape, order, names, dataType, littleEndian, offsetBytes } = array;
  const [needed, sizeBytes] = [lengthWith(array), bytesLength(bytes)];
  if (needed > sizeBytes) throw endsEarly(bytes.file.path, sizeBytes, needed);
  const axes = chooseAxes({ shape, time: options.time, wanted: options.axes, stated: names, where });
  const { size, channels, time } = axes;
  const packed = packedStrides(shape, order);
  const timeBytes = (packed[axes.names.indexOf('t')] ?? 0) * bytesPerVoxel(dataType);
  const layout = {
    dataType,
    littleEndian,
    offsetBytes: offsetBytes + time * timeBytes,
    size,
    channels,
    strides: stridesOf(axes.names, packed),
  };
  return { axes, layout };
}
