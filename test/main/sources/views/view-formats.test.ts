import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { dataTypeOf, type DataType } from '../../../../src/shared/base/data-type';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { viewTwin, type TwinOptions } from './view-twin';

interface ViewCase {
  readonly file: readonly [folder: string, name: string];
  readonly stored: readonly [dataType: DataType, size: Vec3, channels?: number];
  readonly options: OpenOptions;
  readonly twin: TwinOptions;
}

const SMALL: Vec3 = [9, 7, 5];
const TIFF: Vec3 = [37, 29, 3];

const CASES: readonly ViewCase[] = [
  {
    file: ['arrays', 'npy-le-u8.npy'],
    stored: ['uint64', SMALL],
    options: { roi: '2:8,1:,:4' },
    twin: {
      crop: [
        [2, 8],
        [1, 7],
        [0, 4],
      ],
    },
  },
  {
    file: ['arrays', 'npy-xzy-fortran.npy'],
    stored: ['uint64', SMALL],
    options: { axes: 'xzy', roi: ':,3:4,1:5', transpose: 'yzx', flip: 'xz' },
    twin: {
      crop: [
        [0, 9],
        [3, 4],
        [1, 5],
      ],
      transpose: 'yzx',
      flip: 'xz',
    },
  },
  {
    file: ['arrays', 'npy-czyx.npy'],
    stored: ['uint16', SMALL, 3],
    options: { transpose: 'zyx', flip: 'y' },
    twin: { transpose: 'zyx', flip: 'y' },
  },
  {
    file: ['arrays', 'npy-zyxc.npy'],
    stored: ['uint16', SMALL, 3],
    options: { axes: 'zyxc', channel: '2', flip: 'xyz' },
    twin: { channel: 2, flip: 'xyz' },
  },
  {
    file: ['arrays', 'meta-packed.mha'],
    stored: ['uint64', SMALL],
    options: { transpose: 'zxy', roi: '1:8,2:6,1:2' },
    twin: {
      transpose: 'zxy',
      crop: [
        [1, 8],
        [2, 6],
        [1, 2],
      ],
    },
  },
  {
    file: ['hierarchies', 'zarr3-channels.zarr'],
    stored: ['uint16', SMALL, 3],
    options: { channel: '1', roi: '3:9,:,2:5', transpose: 'xzy', flip: 'z' },
    twin: {
      channel: 1,
      crop: [
        [3, 9],
        [0, 7],
        [2, 5],
      ],
      transpose: 'xzy',
      flip: 'z',
    },
  },
  {
    file: ['hierarchies', 'zarr3-sharded.zarr'],
    stored: ['uint64', SMALL],
    options: { roi: '1:,1:,1:', flip: 'xyz' },
    twin: {
      crop: [
        [1, 9],
        [1, 7],
        [1, 5],
      ],
      flip: 'xyz',
    },
  },
  {
    file: ['hierarchies', 'n5-gzip.n5'],
    stored: ['uint64', SMALL],
    options: { transpose: 'yxz' },
    twin: { transpose: 'yxz' },
  },
  {
    file: ['hdf5', 'hdf5-channels.h5'],
    stored: ['uint16', SMALL, 3],
    options: { channel: '0', roi: ':,:,4:' },
    twin: {
      channel: 0,
      crop: [
        [0, 9],
        [0, 7],
        [4, 5],
      ],
    },
  },
  {
    file: ['images', 'png-rgb'],
    stored: ['uint8', SMALL, 3],
    options: { channel: 'green', transpose: 'zyx', flip: 'x' },
    twin: { channel: 1, transpose: 'zyx', flip: 'x' },
  },
  {
    file: ['archives', 'tiff.tar.gz'],
    stored: ['uint32', SMALL],
    options: { roi: '0:8,2:7,1:4', flip: 'z' },
    twin: {
      crop: [
        [0, 8],
        [2, 7],
        [1, 4],
      ],
      flip: 'z',
    },
  },
  {
    file: ['tiff', 'uint64-deflate-tiles.tif'],
    stored: ['uint64', TIFF],
    options: { roi: '5:30,7:29,:2', transpose: 'zyx', flip: 'yz' },
    twin: {
      crop: [
        [5, 30],
        [7, 29],
        [0, 2],
      ],
      transpose: 'zyx',
      flip: 'yz',
    },
  },
  {
    file: ['tiff', 'uint16-three-channels.tif'],
    stored: ['uint16', TIFF, 3],
    options: { channel: '1', roi: '5:30,7:29,1:' },
    twin: {
      channel: 1,
      crop: [
        [5, 30],
        [7, 29],
        [1, 3],
      ],
    },
  },
  {
    file: ['tiff', 'uint64-three-planes.tif'],
    stored: ['uint64', TIFF, 3],
    options: { channel: '2', flip: 'x' },
    twin: { channel: 2, flip: 'x' },
  },
  {
    file: ['tiff', 'ome-czyx.ome.tif'],
    stored: ['uint16', TIFF, 2],
    options: { channel: '1', transpose: 'yxz' },
    twin: { channel: 1, transpose: 'yxz' },
  },
  {
    file: ['precomputed', 'sharded-compressed'],
    stored: ['uint64', SMALL],
    options: { roi: '2:9,:5,3:4', transpose: 'yzx' },
    twin: {
      crop: [
        [2, 9],
        [0, 5],
        [3, 4],
      ],
      transpose: 'yzx',
    },
  },
];

for (const { file, stored, options, twin } of CASES) {
  const [dataType, size, channels = 1] = stored;
  const seen = viewTwin({ size, channels, data: fixtureVoxels(dataType, size, channels) }, twin);
  const known = { path: fixture(...file), options: { kind: 'image', ...options } as const };
  describe(`${file[1]} by ${JSON.stringify(options)}`, () => {
    testSourceConformance('the view', {
      ...known,
      dataType: dataTypeOf(seen.data),
      channels: seen.channels,
      content: seen.data,
    });
    test('has the size that it should', async () => {
      const source = await openSource(known.path, known.options);
      await source.close();
      expect(source.metadata.size).toEqual(seen.size);
    });
  });
}
