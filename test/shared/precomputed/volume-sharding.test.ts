import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeOfChunk } from '../../independent-shards';
import { boxVolume, intersectBoxes } from '../../../src/shared/base/box';
import type { Vec3 } from '../../../src/shared/base/vec3';
import {
  DEFAULT_SHARD_BYTES,
  volumeSharding,
  VolumeShards,
} from '../../../src/shared/precomputed/volume-sharding';
import type { ScaleInfo } from '../../../src/shared/precomputed/volume-info';

/** Returns a scale with this many chunks of 4 × 3 × 2 voxels. The last chunk of each axis is cut off. */
function scaleOf(grid: Vec3): ScaleInfo {
  const size: [number, number, number] = [4 * grid[0] - 1, 3 * grid[1] - 1, 2 * grid[2] - 1];
  return {
    key: 'scale',
    size,
    voxel_offset: [0, 0, 0],
    chunk_sizes: [[4, 3, 2]],
    resolution: [8, 8, 8],
    encoding: 'raw',
  };
}

const bitsOf = ({
  preshift_bits: a,
  minishard_bits: b,
  shard_bits: c,
}: ReturnType<typeof volumeSharding>) => [a, b, c];

describe('the parameters of shards', () => {
  test.each<[string, Vec3, number, number | undefined, number[], number]>([
    ['1 TiB of 64-bit labels', [80, 80, 80], 2 ** 21, undefined, [10, 0, 11], 500],
    ['1 TiB of 8-bit values', [160, 160, 160], 2 ** 18, undefined, [10, 3, 11], 500],
    ['a volume of 512³ 64-bit labels', [8, 8, 8], 2 ** 21, undefined, [9, 0, 0], 1],
    ['three shards are made one', [40, 8, 8], 2 ** 21, undefined, [10, 2, 0], 1],
    ['four are not', [64, 8, 8], 2 ** 21, undefined, [10, 0, 2], 4],
    ['a size that was asked for holds', [24, 8, 8], 2 ** 21, 2 ** 30, [9, 0, 2], 3],
    ['a sheet', [1000, 1000, 1], 2 ** 15, undefined, [10, 6, 4], 16],
    ['one chunk', [1, 1, 1], 2 ** 21, undefined, [0, 0, 0], 1],
    ['chunks that are larger than a shard', [3, 1, 1], 2 ** 21, 2 ** 20, [0, 0, 2], 3],
    ['tiny chunks', [512, 512, 512], 512, undefined, [10, 7, 10], 1024],
  ])('%s', (_, gridShape, chunkBytes, shardBytes, bits, count) => {
    const sharding = volumeSharding({ gridShape, chunkBytes, shardBytes, dataEncoding: 'gzip' });
    expect(bitsOf(sharding)).toEqual(bits);
    expect(sharding).toMatchObject({
      hash: 'identity',
      minishard_index_encoding: 'gzip',
      data_encoding: 'gzip',
    });
    expect(new VolumeShards(sharding, scaleOf(gridShape)).length).toBe(count);
  });

  const axis = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 15, 16, 17));

  test('cut any grid into boxes of at most the wanted size, a file and a range of keys each', () => {
    fc.assert(
      fc.property(fc.tuple(axis, axis, axis), fc.integer({ min: 0, max: 9 }), (gridShape, log) => {
        const sharding = volumeSharding({
          gridShape,
          chunkBytes: 2 ** 10,
          shardBytes: 2 ** (10 + log),
          dataEncoding: 'raw',
        });
        const scale = scaleOf(gridShape);
        const shards = new VolumeShards(sharding, scale);
        const all = Array.from({ length: shards.length }, (_, i) => shards.at(i));
        expect(new Set(all.map(({ fileName }) => fileName)).size).toBe(all.length);
        const volume = boxVolume({ min: [0, 0, 0], max: scale.size });
        expect(all.reduce((sum, { box }) => sum + boxVolume(box), 0)).toBe(volume);
        for (const { box } of all) expect(boxVolume(box)).toBeLessThanOrEqual(24 * 2 ** log);
        for (let z = 0; z < gridShape[2]; z++) {
          for (let y = 0; y < gridShape[1]; y++) {
            for (let x = 0; x < gridShape[0]; x++) {
              const place = placeOfChunk([x, y, z], gridShape, sharding);
              const first: Vec3 = [4 * x, 3 * y, 2 * z];
              const voxel = { min: first, max: [4 * x + 1, 3 * y + 1, 2 * z + 1] as const };
              const shard = all.find(({ box }) => boxVolume(intersectBoxes(box, voxel)) === 1);
              const isIn = shard !== undefined && place.key >= shard.firstKey && place.key < shard.endKey;
              if (!isIn || shard.fileName !== place.file) expect.fail(`chunk ${x}, ${y}, ${z}`);
            }
          }
        }
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test('share out every bit of a key, so that tensorstore writes shard by shard', () => {
    fc.assert(
      fc.property(fc.tuple(axis, axis, axis), fc.integer({ min: 9, max: 40 }), (gridShape, log) => {
        const sharding = volumeSharding({ gridShape, chunkBytes: 2 ** log, dataEncoding: 'raw' });
        const bits = gridShape.reduce((sum, count) => sum + Math.ceil(Math.log2(count)), 0);
        const [preshift = 0, minishard = 0, shard = 0] = bitsOf(sharding);
        expect(preshift + minishard + shard).toBe(bits);
        expect(preshift).toBeLessThanOrEqual(10);
        if (shard > 0 && log <= 30)
          expect(2 ** (preshift + minishard + log)).toBeLessThanOrEqual(DEFAULT_SHARD_BYTES);
      }),
      { seed: 1 },
    );
  });
});
