import { describe, expect, test } from 'vitest';
import { alignmentFindings } from '../../../src/shared/precomputed/alignment';
import type { Vec3 } from '../../../src/shared/base/vec3';
import { parseVolumeInfo } from '../../../src/shared/precomputed/volume-info';

function volume(name: string, size: Vec3, resolution: Vec3, offset: Vec3 = [0, 0, 0]) {
  const info = parseVolumeInfo(
    {
      type: 'image',
      data_type: 'uint8',
      num_channels: 1,
      scales: [
        { key: 's', size, voxel_offset: offset, chunk_sizes: [[64, 64, 64]], resolution, encoding: 'raw' },
      ],
    },
    name,
  );
  return { name, info };
}

function findings(a: ReturnType<typeof volume>, b: ReturnType<typeof volume>) {
  return alignmentFindings([a, b]).map(({ kind, message }) => ({ kind, message }));
}

const EM = volume('em', [1000, 800, 100], [8, 8, 40]);

describe('volumes that fit', () => {
  test.each([
    ['the same box', volume('cells', [1000, 800, 100], [8, 8, 40])],
    ['half the resolution', volume('cells', [500, 400, 100], [16, 16, 40])],
    ['a crop of it', volume('cells', [100, 100, 20], [8, 8, 40], [300, 300, 50])],
    ['a part beyond', volume('cells', [1000, 800, 100], [8, 8, 40], [900, 0, 0])],
  ])('are not talked about: %s', (_, cells) => {
    expect(findings(EM, cells)).toEqual([]);
  });

  test('one volume fits', () => {
    expect(alignmentFindings([EM])).toEqual([]);
  });
});

describe('what does not fit is said', () => {
  test('a resolution in another unit', () => {
    const [found] = findings(EM, volume('cells', [1000, 800, 100], [0.008, 0.008, 0.04]));
    expect(found?.kind).toBe('unit');
    expect(found?.message).toContain('cells is about 1000 times smaller than em');
    const [oneAxis] = findings(EM, volume('cells', [1000, 800, 100], [8, 8, 40_000]));
    expect(oneAxis?.message).toContain('1000 times larger than em along z');
  });

  test('volumes apart, with the offset that would bring them together', () => {
    const crop = volume('em', [1000, 800, 100], [8, 8, 40], [5000, 6000, 700]);
    const [found] = findings(crop, volume('cells', [1000, 800, 100], [8, 8, 40]));
    expect(found?.kind).toBe('offset');
    expect(found?.message).toContain('with 5000, 6000, 700 it would begin where em does');
  });

  test('an offset in nanometres', () => {
    const crop = volume('em', [1000, 800, 100], [8, 8, 40], [5000, 6000, 700]);
    const [found] = findings(crop, volume('cells', [1000, 800, 100], [8, 8, 40], [40_000, 48_000, 28_000]));
    expect(found?.message).toContain('The offset of cells, 40000, 48000, 28000, seems to be in nanometres');
  });

  test('volumes apart for no reason that is known', () => {
    const [found] = findings(
      volume('em', [10, 10, 10], [8, 8, 8], [100, 0, 0]),
      volume('cells', [10, 10, 10], [8, 8, 8], [0, 300, 0]),
    );
    expect(found?.kind).toBe('apart');
    expect(found?.message).toContain('em spans x 800 nm to 880 nm');
  });

  test('axes in another order', () => {
    const [found] = findings(EM, volume('cells', [100, 800, 1000], [8, 8, 40]));
    expect(found?.kind).toBe('axes');
  });

  test('resolutions that differ, and how far that leads astray', () => {
    const [same] = findings(EM, volume('cells', [1000, 800, 100], [4, 4, 40]));
    expect(same?.message).toContain('the same number of voxels and different resolutions along x');
    const [drift] = findings(EM, volume('cells', [900, 800, 100], [8.08, 8, 40]));
    expect(drift?.message).toContain('Over the volume that is 72.7 nm');
  });
});
