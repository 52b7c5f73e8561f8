import type { DataType } from '../../../shared/base/data-type';
import type { DescribedDataset, Hdf5Type, StoredBits } from './hdf5-questions';

/** Classes of data types (H5T_class_t). */
export const INTEGER = 0;
const FLOAT = 1;
const COMPOUND = 6;
export const ENUM = 8;

/** Returns the voxel type of a dataset, or undefined if it holds strings, structures or the like. */
export function hdf5DataType(found: Hdf5Type): DataType | undefined {
  const { type, size, signed, enumType } = found;
  const bits = 8 * size;
  if (isBoolean(found)) return 'uint8';
  const numbers = type === INTEGER || (type === ENUM && enumType?.type === INTEGER);
  if (numbers && [8, 16, 32, 64].includes(bits))
    return `${signed ? 'int' : 'uint'}${bits as 8 | 16 | 32 | 64}`;
  if (isHalfFloat(found)) return 'float32';
  if (type === FLOAT && (bits === 32 || bits === 64)) return `float${bits}`;
  return undefined;
}

/** Reports whether a type is a half float (IEEE 754 binary16). They are read as their bits, and widened. */
export function isHalfFloat({ type, size }: Pick<Hdf5Type, 'type' | 'size'>): boolean {
  return type === FLOAT && size === 2;
}

/** Describes for people what a dataset holds, if it doesn't hold voxels. */
export function hdf5TypeName({ type, size }: Hdf5Type): string {
  if (type === FLOAT) return `float${8 * size}`;
  return type === COMPOUND ? 'structures, such as complex numbers' : 'no numbers';
}

/** Reports whether a type is h5py's type for booleans: an enumeration of FALSE and TRUE, stored in signed bytes. */
function isBoolean({ size, enumType: names }: Hdf5Type): boolean {
  const { FALSE: no, TRUE: yes } = names?.members ?? {};
  return size === 1 && names?.nmembers === 2 && no === 0 && yes === 1;
}

/**
 * Returns the bits that integers occupy in their bytes, or null if they occupy all bits. They have to be known because
 * the library returns the bytes as they are stored.
 */
export function partOfBytes({ bits, size }: DescribedDataset): StoredBits | null {
  return bits === undefined || (bits.offset === 0 && bits.precision === 8 * size) ? null : bits;
}

/** Converts stored bits to numbers in place: shifts them down to bit 0 and extends the sign of signed types. */
export function widenBits(
  data: Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array,
  { precision, offset }: StoredBits,
): void {
  const isSigned = data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array;
  const left = 32 - precision - offset;
  for (let i = 0; i < data.length; i++) {
    const top = (data[i] ?? 0) << left;
    data[i] = isSigned ? top >> (32 - precision) : top >>> (32 - precision);
  }
}

/** Does the same as {@link widenBits} for numbers of 64 bits. */
export function widenLongBits(data: BigInt64Array | BigUint64Array, { precision, offset }: StoredBits): void {
  const isSigned = data instanceof BigInt64Array;
  for (let i = 0; i < data.length; i++) {
    const bits = BigInt.asUintN(64, data[i] ?? 0n) >> BigInt(offset);
    data[i] = isSigned ? BigInt.asIntN(precision, bits) : BigInt.asUintN(precision, bits);
  }
}
