import { utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as h5wasm from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { widenBits, widenLongBits } from '../../../../src/main/sources/hdf5/hdf5-types';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { temporaryFolder } from '../../../temporary-folder';

await h5wasm.ready;

async function written(make: (file: h5wasm.File) => void): Promise<string> {
  const path = join(await temporaryFolder(), 'a.h5');
  const file = new h5wasm.File(path, 'w');
  make(file);
  file.close();
  return path;
}

async function read(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const box = boxOfShape(source.metadata.size);
  const data = allocateVoxels(source.metadata.dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return { ...source.metadata, data };
}

const VOXELS = Uint32Array.from({ length: 60 }, (_, i) => i + 1);

describe('one unit for all axes', () => {
  test.each([
    ['resolution', 'units'],
    ['resolution', 'unit'],
    ['voxel_size', 'voxel_size_unit'],
  ])('%s with %s', async (size, unit) => {
    const withUnit = async (text: string) =>
      written((file) => {
        const dataset = file.create_dataset({ name: 'labels', data: VOXELS, shape: [3, 4, 5] });
        dataset.create_attribute(size, [0.03, 0.005, 0.004], [3], '<d');
        dataset.create_attribute(unit, text);
      });
    expect((await read(await withUnit('um'))).resolutionNm).toEqual([4, 5, 30]);
    expect((await read(await withUnit('parsec'))).resolutionNm).toBeUndefined();
  });
});

describe('NetCDF-4', () => {
  async function netcdf(order: readonly ('x' | 'y' | 'z')[], attributes: Record<string, number> = {}) {
    const lengths = { x: 5, y: 4, z: 3 };
    const steps = { x: 4, y: 5, z: 30 };
    return written((file) => {
      const shape = order.map((axis) => lengths[axis]);
      const dataset = file.create_dataset({ name: 'labels', data: VOXELS, shape });
      order.forEach((axis, i) => {
        const data = Float64Array.from({ length: lengths[axis] }, (_, k) => (k + 2) * steps[axis]);
        const scale = file.create_dataset({ name: axis, data });
        scale.create_attribute('units', 'nm');
        scale.make_scale(axis);
        dataset.attach_scale(i, axis);
      });
      for (const [name, value] of Object.entries(attributes)) dataset.create_attribute(name, value, [], '<d');
    });
  }

  test('the names of axes and the size come from the coordinates', async () => {
    const found = await read(await netcdf(['x', 'y', 'z']));
    expect(found.size).toEqual([5, 4, 3]);
    expect(found.resolutionNm).toEqual([4, 5, 30]);
    expect(found.voxelOffset).toEqual([2, 2, 2]);
    // z varies fastest in the file.
    expect([...found.data.slice(0, 2)]).toEqual([1, 13]);
    expect((await read(await netcdf(['z', 'y', 'x']))).data).toEqual(VOXELS);
  });

  test('numbers are scaled as they say', async () => {
    const path = await netcdf(['z', 'y', 'x'], { scale_factor: 2, add_offset: 10 });
    const { data } = await read(path, { kind: 'segmentation' });
    expect([...data.slice(0, 3)].map(Number)).toEqual([12, 14, 16]);
    expect((await read(path, { kind: 'image' })).data).toEqual(Float32Array.from(VOXELS, (v) => 2 * v + 10));
  });

  test('_Unsigned makes types unsigned', async () => {
    const path = await written((file) => {
      const data = Int16Array.from({ length: 60 }, (_, i) => -i);
      file.create_dataset({ name: 'a', data, shape: [3, 4, 5] }).create_attribute('_Unsigned', 'true');
    });
    const { dataType, data } = await read(path);
    expect(dataType).toBe('uint16');
    expect(data[1]).toBe(65535);
  });
});

test('small tables are not offered where there is a volume, but read where they are named', async () => {
  const path = await written((file) => {
    file.create_dataset({ name: 'Directions', data: Float64Array.from({ length: 9 }), shape: [3, 3] });
    file.create_dataset({ name: 'volume', data: Uint16Array.from({ length: 120 }), shape: [4, 5, 6] });
  });
  expect((await read(path)).size).toEqual([6, 5, 4]);
  expect((await read(path, { dataset: 'Directions', kind: 'image' })).size).toEqual([3, 3, 1]);
});

test('a dataset that is named is read however deep it lies', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `g${i}`);
  const path = await written((file) => {
    names.reduce((group, name) => group.create_group(name) as h5wasm.Group, file as h5wasm.Group);
    (file.get(names.join('/')) as h5wasm.Group).create_dataset({ name: 'a', data: VOXELS, shape: [3, 4, 5] });
  });
  expect((await read(path, { dataset: `${names.join('/')}/a` })).data).toEqual(VOXELS);
});

describe('integers of fewer bits than their bytes', () => {
  test('become the numbers that they are, with their signs', () => {
    const signed = Int16Array.of(2097, 0, 5, 7);
    widenBits(signed, { precision: 12, offset: 0 });
    expect([...signed]).toEqual([-1999, 0, 5, 7]);
    const shifted = Uint16Array.of(8, 16, 4000, 56);
    widenBits(shifted, { precision: 12, offset: 3 });
    expect([...shifted]).toEqual([1, 2, 500, 7]);
    const long = BigInt64Array.of(2n ** 40n - 2n, 3n);
    widenLongBits(long, { precision: 40, offset: 0 });
    expect([...long]).toEqual([-2n, 3n]);
  });
});

describe("BigDataViewer's HDF5", () => {
  const withSetup = (attributes: Record<string, string>) =>
    written((file) => {
      const group = file.create_group('t00000').create_group('s00').create_group('0');
      const data = Uint16Array.from({ length: 64 }, (_, i) => 1000 * i);
      group.create_dataset({ name: 'cells', data: new Int16Array(data.buffer), shape: [4, 4, 4] });
      const setup = file.create_group('s00');
      setup.create_dataset({ name: 'resolutions', data: Float64Array.of(1, 1, 1), shape: [1, 3] });
      for (const [name, value] of Object.entries(attributes)) setup.create_attribute(name, value);
    });

  test('has unsigned numbers in signed ones, unless its attributes state the type', async () => {
    const found = await read(await withSetup({}));
    expect(found.dataType).toBe('uint16');
    expect(found.data[63]).toBe(63000);
    expect((await read(await withSetup({ dataType: 'int16' }))).dataType).toBe('int16');
  });
});

test("Imaris' padding is left out, and its sizes are taken", async () => {
  const texts = (file: h5wasm.Group, values: Record<string, string>) => {
    for (const [name, text] of Object.entries(values))
      file.create_attribute(name, [...text], [text.length], 'S1');
  };
  const path = await written((file) => {
    const channel = ['DataSet', 'ResolutionLevel 0', 'TimePoint 0', 'Channel 0'].reduce(
      (group, name) => group.create_group(name) as h5wasm.Group,
      file as h5wasm.Group,
    );
    const data = Uint8Array.from({ length: 4 * 4 * 8 }, (_, i) => i);
    channel.create_dataset({ name: 'Data', data, shape: [4, 4, 8], chunks: [2, 4, 8] });
    texts(channel, { ImageSizeX: '5', ImageSizeY: '3', ImageSizeZ: '2' });
    const image = file.create_group('DataSetInfo').create_group('Image') as h5wasm.Group;
    const extents = {
      ExtMin0: '10',
      ExtMax0: '12',
      ExtMin1: '0',
      ExtMax1: '1.5',
      ExtMin2: '0',
      ExtMax2: '4',
    };
    texts(image, { ...extents, Unit: 'um' });
  });
  const found = await read(path);
  expect(found).toMatchObject({ size: [5, 3, 2], resolutionNm: [400, 500, 2000], voxelOffset: [25, 0, 0] });
  expect([...found.data.slice(0, 10)].map(Number)).toEqual([0, 1, 2, 3, 4, 8, 9, 10, 11, 12]);
});

describe('links that lead to links', () => {
  const SHAPE = [3, 4, 5];
  const WIDE = Uint16Array.from(VOXELS, (value) => 1000 + value);

  /** A file that links to another one, which links to a third one. */
  async function linkedFiles(): Promise<string> {
    const folder = await temporaryFolder();
    const write = (name: string, make: (file: h5wasm.File) => void) => {
      const file = new h5wasm.File(join(folder, name), 'w');
      make(file);
      file.close();
    };
    write('third.h5', (file) => file.create_dataset({ name: 'data', data: WIDE, shape: SHAPE }));
    write('second.h5', (file) => {
      file.create_group('group').create_dataset({ name: 'inner', data: VOXELS, shape: SHAPE });
      file.create_external_link('third.h5', 'data', 'chain');
    });
    write('first.h5', (file) => {
      file.create_dataset({ name: 'own', data: VOXELS, shape: SHAPE });
      file.create_external_link('second.h5', 'chain', 'chain');
      file.create_external_link(join(folder, 'elsewhere', 'third.h5'), 'data', 'moved');
      file.create_external_link('second.h5', 'group', 'group');
      file.create_soft_link('/group/inner', 'soft');
      file.create_soft_link('/soft', 'softer');
      file.create_soft_link('/soft-cycle', 'soft-cycle');
    });
    return join(folder, 'first.h5');
  }

  test.each([
    ['own', VOXELS],
    ['chain', WIDE],
    ['moved', WIDE],
    ['group/inner', VOXELS],
    ['soft', VOXELS],
    ['softer', VOXELS],
  ])('are followed: %s', async (dataset, expected) => {
    const { data } = await read(await linkedFiles(), { dataset, kind: 'image' });
    expect([...data]).toEqual([...expected].map(Number));
  });

  test('a change in the last file changes the fingerprint', async () => {
    const path = await linkedFiles();
    const fingerprint = async () => (await read(path, { dataset: 'chain', kind: 'image' })).fingerprint;
    const before = await fingerprint();
    expect(await fingerprint()).toBe(before);
    await utimes(join(dirname(path), 'third.h5'), 1, 1);
    expect(await fingerprint()).not.toBe(before);
  });
});
