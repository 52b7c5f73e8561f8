import { BugError } from './errors';

/** The voxel types that a source may have. A precomputed volume can have all of these except int64 and float64. */
export const DATA_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'float32',
  'float64',
] as const;
export type DataType = (typeof DATA_TYPES)[number];

export type VoxelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

const BYTES: Readonly<Record<DataType, 1 | 2 | 4 | 8>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
};

export function bytesPerVoxel(type: DataType): 1 | 2 | 4 | 8 {
  return BYTES[type];
}

/** True for the integer types, signed or not. */
export function isInteger(type: DataType): boolean {
  return !type.startsWith('float');
}

export function isSigned(type: DataType): boolean {
  return type.startsWith('int');
}

/**
 * Creates a view of `length` voxels on `buffer`, starting at `offsetBytes`, in the machine's byte order (little
 * endian on every machine that this program runs on). Precondition: `offsetBytes` is a multiple of the voxel's size.
 */
export function voxelView(
  type: DataType,
  buffer: ArrayBufferLike,
  offsetBytes: number,
  length: number,
): VoxelArray {
  switch (type) {
    case 'uint8':
      return new Uint8Array(buffer, offsetBytes, length);
    case 'int8':
      return new Int8Array(buffer, offsetBytes, length);
    case 'uint16':
      return new Uint16Array(buffer, offsetBytes, length);
    case 'int16':
      return new Int16Array(buffer, offsetBytes, length);
    case 'uint32':
      return new Uint32Array(buffer, offsetBytes, length);
    case 'int32':
      return new Int32Array(buffer, offsetBytes, length);
    case 'uint64':
      return new BigUint64Array(buffer, offsetBytes, length);
    case 'int64':
      return new BigInt64Array(buffer, offsetBytes, length);
    case 'float32':
      return new Float32Array(buffer, offsetBytes, length);
    case 'float64':
      return new Float64Array(buffer, offsetBytes, length);
  }
}

export function allocateVoxels(type: DataType, length: number): VoxelArray {
  return voxelView(type, new ArrayBuffer(length * bytesPerVoxel(type)), 0, length);
}

/** The type of an array's voxels. */
export function dataTypeOf(array: VoxelArray): DataType {
  if (array instanceof Uint8Array) return 'uint8';
  if (array instanceof Int8Array) return 'int8';
  if (array instanceof Uint16Array) return 'uint16';
  if (array instanceof Int16Array) return 'int16';
  if (array instanceof Uint32Array) return 'uint32';
  if (array instanceof Int32Array) return 'int32';
  if (array instanceof BigUint64Array) return 'uint64';
  if (array instanceof BigInt64Array) return 'int64';
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  throw new BugError('not an array of voxels');
}
