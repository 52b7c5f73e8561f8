import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { allocateVoxels, type VoxelArray } from '../../../../src/shared/base/data-type';
import { testSourceConformance } from '../../../conformance/source-conformance';

const EXTENTS: Readonly<Record<string, number>> = { x: 61, y: 47, z: 53, c: 2 };

/** Returns voxels whose values identify their positions; x varies fastest, then y, z, c. */
function content(): VoxelArray {
  const voxels = allocateVoxels('uint32', 61 * 47 * 53 * 2) as Uint32Array;
  return voxels.map((_, i) => (i * 2654435761) >>> 0);
}

/** Returns a .npy file with the axes in the order of `axes`, of which the last varies fastest. */
function npyFile(axes: string, voxels: VoxelArray): Buffer {
  const shape = [...axes].map((name) => EXTENTS[name] ?? 1);
  const dictionary = `{'descr': '<u4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${dictionary}\n`, 'latin1');
  header.writeUInt16LE(header.length - 10, 8);
  const stride: Record<string, number> = { x: 1, y: 61, z: 61 * 47, c: 61 * 47 * 53 };
  const data = new Uint32Array(voxels.length);
  const place = new Array<number>(axes.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    const from = place.reduce((sum, at, axis) => sum + at * (stride[axes[axis] ?? ''] ?? 0), 0);
    data[i] = Number(voxels[from]);
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      place[axis] = ((place[axis] ?? 0) + 1) % (shape[axis] ?? 1);
      if (place[axis] !== 0) break;
    }
  }
  return Buffer.concat([header, new Uint8Array(data.buffer)]);
}

describe('arrays of any axis order, larger than what is read at once', () => {
  let folder = '';
  const voxels = content();
  const orders = ['zyxc', 'xyzc', 'cxyz', 'yzcx'];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-'));
    for (const axes of orders) writeFileSync(join(folder, `${axes}.npy`), npyFile(axes, voxels));
  });
  afterAll(() => rm(folder, { recursive: true }));
  for (const axes of orders) {
    testSourceConformance(axes, {
      get path() {
        return join(folder, `${axes}.npy`);
      },
      options: { kind: 'image', axes },
      dataType: 'uint32',
      channels: 2,
      content: voxels,
    });
  }
});
