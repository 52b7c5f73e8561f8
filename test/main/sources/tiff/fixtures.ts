import { join } from 'node:path';
import {
  allocateVoxels,
  bytesPerVoxel,
  type DataType,
  type VoxelArray,
} from '../../../../src/shared/base/data-type';
import type { Vec3 } from '../../../../src/shared/base/vec3';

/** The path of a file that test/fixtures/tiff/make-fixtures.py wrote. */
export function fixture(name: string): string {
  return join(import.meta.dirname, '../../../fixtures/tiff', name);
}

const GOLDEN = 0x9e3779b97f4a7c15n;

/** The voxels of a fixture, by the formula in make-fixtures.py, in the order of a volume block. */
export function fixtureVoxels(dataType: DataType, size: Vec3, channels = 1): VoxelArray {
  const [width, height, depth] = size;
  const voxels = allocateVoxels(dataType, width * height * depth * channels);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let z = 0; z < depth; z++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          voxels[i++] = fixtureVoxel(dataType, (x >> 1) + 32 * (y >> 1) + 1024 * z + 65536 * c);
        }
      }
    }
  }
  return voxels;
}

function fixtureVoxel(dataType: DataType, n: number): number | bigint {
  if (dataType.startsWith('float')) return n / 7 - 100;
  const bits = bytesPerVoxel(dataType) * 8;
  const hashed = BigInt.asUintN(64, BigInt(n) * GOLDEN) >> BigInt(64 - bits);
  const value = dataType.startsWith('int') ? BigInt.asIntN(bits, hashed) : hashed;
  return bits === 64 ? value : Number(value);
}
