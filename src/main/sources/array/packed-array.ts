import type { DataType } from '../../../shared/base/data-type';
import type { OpenOptions } from '../source-opener';
import { chooseAxes, packedStrides, stridesOf, type ArrayAxes } from './array-axes';
import { bytesLength, type BytesRef } from './bytes-ref';
import type { DenseLayout } from './dense-parts';
import { checkLength } from './dense-source';

/** An array without gaps, as its header describes it. */
export interface PackedArray {
  readonly shape: readonly number[];
  /** C has the last axis fastest, F the first. */
  readonly order: 'C' | 'F';
  /** The names of the axes, where the format has any. */
  readonly names?: readonly (string | undefined)[];
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  readonly offsetBytes: number;
}

/**
 * How an array lies in its bytes, and which of its axes is which.
 * @param where the array's name in messages
 * @throws InvalidInputError where the axes are unclear, or the bytes are too few
 */
export function layOutArray(
  array: PackedArray,
  bytes: BytesRef,
  options: OpenOptions,
  where: string,
): { readonly axes: ArrayAxes; readonly layout: DenseLayout } {
  const { shape, order, names, dataType, littleEndian, offsetBytes } = array;
  const axes = chooseAxes({ shape, channel: options.channel, wanted: options.axes, stated: names, where });
  const strides = stridesOf(axes.names, packedStrides(shape, order));
  const { size, channels } = axes;
  const layout = { dataType, littleEndian, offsetBytes, size, channels, strides };
  checkLength(layout, bytesLength(bytes), bytes.file.path);
  return { axes, layout };
}
