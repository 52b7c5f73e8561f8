import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

describe('HDF5 of ITK, BigDataViewer, emdfile and MINC', () => testDescribedFixtures('hdf5-writers'));

async function read(file: string, options: OpenOptions = {}) {
  const source = await openSource(fixture('hdf5-writers', file), options);
  const box = boxOfShape(source.metadata.size);
  const { dataType, channels } = source.metadata;
  const data = allocateVoxels(dataType, channels * boxVolume(box));
  await source.read(box, { box, channels, data }).finally(() => source.close());
  return { ...source.metadata, data };
}

describe.each(['twelve-bits.h5', 'twelve-bits-latest.h5'])('integers of 12 bits in 16, %s', (file) => {
  test.each([
    ['signed', [-1999, 0, 5, 7]],
    ['packed', [-1999, 0, 5, 7]],
    ['named', [-1999, 0, 5, 7]],
    ['big', [-1999, 0, 5, 7]],
    ['whole', [-1999, 0, 5, 7]],
    ['shifted', [1, 2, 500, 7]],
  ])('%s', async (dataset, values) => {
    const { data } = await read(file, { dataset, kind: 'image' });
    expect([...data.slice(60)]).toEqual(values);
  });
});

test('the labels of MINC whose slices have ranges of their own are the numbers that nibabel shows', async () => {
  const { data } = await read('minc-ranges.mnc', { kind: 'segmentation' });
  const right = Array.from({ length: 60 }, (_, i) => {
    const [x, y, z] = [i % 5, Math.floor(i / 5) % 4, Math.floor(i / 20)];
    return (x + y) % (z + 2);
  });
  expect([...data].map(Number)).toEqual(right);
});

describe('BigDataViewer', () => {
  test('setups that are no channels are listed with what they show, and each has its place', async () => {
    await expect(read('bdv-tiles.h5')).rejects.toMatchObject({
      fields: { choices: ['t00000/s00', 't00000/s01'] },
      details: [expect.stringContaining('tile 0'), expect.stringContaining('tile 1')],
    });
    expect((await read('bdv-tiles.h5', { dataset: 't00000/s01' })).voxelOffset).toEqual([9, 0, 0]);
  });

  test('coarser levels are read where they are named, with their size', async () => {
    const coarse = await read('bdv.h5', { dataset: 't00000/s00/1/cells' });
    expect(coarse).toMatchObject({ size: [5, 4, 5], resolutionNm: [16, 8, 40] });
  });

  test('without the project channels may be tiles, which is asked, and the size is unknown', async () => {
    const path = join(await temporaryFolder(), 'alone.h5');
    await copyFile(fixture('hdf5-writers', 'bdv.h5'), path);
    await expect(openSource(path)).rejects.toMatchObject({ fields: { code: 'several-arrays' } });
    const source = await openSource(path, { dataset: 't00000/s01' });
    await source.close();
    expect(source.metadata.resolutionNm).toBeUndefined();
  });
});

test('a position that is not taken over is named, and taken over by --orientation ras', async () => {
  const turned = await read('itk-turned.h5');
  expect(turned.passedOver.join()).toContain('the position of the first voxel');
  const ras = await read('itk-turned.h5', { orientation: 'ras' });
  expect(ras.voxelOffset).toEqual([-2, -6, 10]);
  expect(ras.passedOver.join()).not.toContain('position');
});
