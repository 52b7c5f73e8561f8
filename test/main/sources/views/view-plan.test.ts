import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { fixture } from '../../../fixtures/voxels';

async function metadataOf(file: readonly [string, string], options: OpenOptions) {
  const source = await openSource(fixture(...file), options);
  await source.close();
  return source.metadata;
}

async function messageOf(
  options: OpenOptions,
  file: readonly [string, string] = ['arrays', 'npy-le-u8.npy'],
) {
  return metadataOf(file, options).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );
}

describe('the place in space', () => {
  const zarr = ['hierarchies', 'zarr2-gzip.zarr'] as const;

  test('a crop stays where it lay', async () => {
    const { resolutionNm, voxelOffset } = await metadataOf(zarr, { roi: '3:,1:2,:' });
    expect({ resolutionNm, voxelOffset }).toEqual({ resolutionNm: [8, 4, 40], voxelOffset: [5, 1, 10] });
  });

  test('a crop of a volume without an offset has one', async () => {
    expect((await metadataOf(['arrays', 'npy-le-u8.npy'], { roi: '3:,:,2:' })).voxelOffset).toEqual([
      3, 0, 2,
    ]);
  });

  test('resolution and offset go with their axes; what is mirrored stays where it is', async () => {
    const turned = await metadataOf(zarr, { roi: '3:,1:2,:', transpose: 'zxy', flip: 'xyz' });
    expect(turned.size).toEqual([5, 6, 1]);
    expect(turned.resolutionNm).toEqual([40, 8, 4]);
    expect(turned.voxelOffset).toEqual([10, 5, 1]);
  });
});

describe('what is refused', () => {
  test('parts outside the volume, empty ones and inverted ones, with its size', async () => {
    expect(await messageOf({ roi: '9:,:,:' })).toBe(
      '--roi: x 9:9 begins beyond the volume; the input has 9 × 7 × 5 voxels.',
    );
    expect(await messageOf({ roi: ':10,3:3,4:2' })).toBe(
      '--roi: x 0:10 ends beyond the volume; y 3:3 holds no voxel; z 4:2 holds no voxel; the input has 9 × 7 × 5 voxels.',
    );
  });

  test('channels that there are not', async () => {
    expect(await messageOf({ kind: 'image', channel: '3' }, ['images', 'png-rgb'])).toBe(
      '--channel: there is no channel 3: the input has 3, red, green, blue.',
    );
    expect(await messageOf({ kind: 'image', channel: 'alpha' }, ['images', 'png-rgb'])).toContain(
      'no channel alpha',
    );
  });
});

test('one channel of colours may be labels', async () => {
  expect((await metadataOf(['images', 'png-rgb'], { channel: 'red' })).channels).toBe(1);
  expect((await metadataOf(['tiff', 'uint8-three-channels.tif'], { channel: '0' })).channels).toBe(1);
  expect((await metadataOf(['tiff', 'rgb.tif'], { channel: 'blue' })).channels).toBe(1);
  expect((await metadataOf(['tiff', 'ome-czyx.ome.tif'], { channel: '1' })).channels).toBe(1);
});
