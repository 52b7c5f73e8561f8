import { bytesPerVoxel, type DataType } from '../../../shared/base/data-type';

const UNSIGNED = ['uint8', 'uint16', 'uint32', 'uint64'] as const;
export type UnsignedType = (typeof UNSIGNED)[number];

/** Returns the largest value of an unsigned type. */
export function largestOf(type: UnsignedType): bigint {
  return 2n ** BigInt(8 * bytesPerVoxel(type)) - 1n;
}

/**
 * Returns the narrowest unsigned type that is at least as wide as `type` and holds `value`, which must be below 2^64.
 */
export function unsignedFor(type: DataType, value: bigint): UnsignedType {
  const wide = UNSIGNED.filter((other) => bytesPerVoxel(other) >= bytesPerVoxel(type));
  return wide.find((other) => value <= largestOf(other)) ?? 'uint64';
}

/** Reports whether a data type is unsigned. */
export function isUnsigned(type: DataType): type is UnsignedType {
  return UNSIGNED.some((other) => other === type);
}
