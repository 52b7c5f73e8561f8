import {
  allocateVoxels,
  dataTypeOf,
  type DataType,
  type VoxelArray,
} from '../../../../src/shared/base/data-type';
import { product3, type Vec3 } from '../../../../src/shared/base/vec3';

export interface TwinVolume {
  readonly size: Vec3;
  readonly channels: number;
  /** In the order of a volume block. */
  readonly data: VoxelArray;
}

/** The options of views, which `viewTwin` applies voxel by voxel, in a readable way. */
export interface TwinOptions {
  readonly channel?: number;
  /** First index and end for x, y, z. */
  readonly crop?: readonly [x: Pair, y: Pair, z: Pair];
  readonly transpose?: string;
  readonly flip?: string;
  readonly remap?: ReadonlyMap<bigint, bigint>;
  readonly others?: 'keep' | 'zero';
  readonly idOffset?: bigint;
  /** The type of the result, if ids change. */
  readonly dataType?: DataType;
}
type Pair = readonly [first: number, end: number];

export function viewTwin(volume: TwinVolume, options: TwinOptions): TwinVolume {
  const { size, channels, data } = volume;
  const {
    crop = [
      [0, size[0]],
      [0, size[1]],
      [0, size[2]],
    ],
    transpose = 'xyz',
    flip = '',
  } = options;
  const kept = options.channel === undefined ? [...Array(channels).keys()] : [options.channel];
  const cropped = { x: lengthOf(crop[0]), y: lengthOf(crop[1]), z: lengthOf(crop[2]) };
  const lengths = [...transpose].map((name) => cropped[name as 'x' | 'y' | 'z']);
  const shape: Vec3 = [lengths[0] ?? 0, lengths[1] ?? 0, lengths[2] ?? 0];
  const out = allocateVoxels(options.dataType ?? dataTypeOf(data), product3(shape) * kept.length);
  let i = 0;
  for (const channel of kept) {
    for (let z = 0; z < shape[2]; z++) {
      for (let y = 0; y < shape[1]; y++) {
        for (let x = 0; x < shape[0]; x++) {
          const at: Record<string, number> = {};
          [x, y, z].forEach((place, axis) => {
            const isFlipped = flip.includes('xyz'.charAt(axis));
            at[transpose.charAt(axis)] = isFlipped ? (shape[axis] ?? 0) - 1 - place : place;
          });
          const [sx = 0, sy = 0, sz = 0] = ['x', 'y', 'z'].map(
            (name, axis) => (at[name] ?? 0) + (crop[axis]?.[0] ?? 0),
          );
          out[i++] = idOf(data[((channel * size[2] + sz) * size[1] + sy) * size[0] + sx] ?? 0, options, out);
        }
      }
    }
  }
  return { size: shape, channels: kept.length, data: out };
}

function idOf(
  value: number | bigint,
  { remap, others, idOffset = 0n }: TwinOptions,
  out: VoxelArray,
): number | bigint {
  if (remap === undefined && idOffset === 0n) return value;
  const id = BigInt(value);
  const other = remap?.get(id) ?? (others === 'zero' ? 0n : id);
  const moved = other === 0n ? 0n : other + idOffset;
  return out instanceof BigUint64Array ? moved : Number(moved);
}

function lengthOf([first, end]: Pair): number {
  return end - first;
}
