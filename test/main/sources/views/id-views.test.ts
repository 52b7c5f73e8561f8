import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape } from '../../../../src/shared/base/box';
import {
  allocateVoxels,
  dataTypeOf,
  type DataType,
  type VoxelArray,
} from '../../../../src/shared/base/data-type';
import type { StudioError } from '../../../../src/shared/base/errors';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import { testSourceConformance } from '../../../conformance/source-conformance';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { viewTwin } from './view-twin';

const SIZE: Vec3 = [9, 7, 5];
const folder = mkdtempSync(join(tmpdir(), 'precomputed-studio-'));
afterAll(() => rmSync(folder, { recursive: true }));

function table(name: string, rows: Iterable<readonly [unknown, unknown]>, header = 'from,to'): string {
  const path = join(folder, name);
  writeFileSync(path, [header, ...[...rows].map(([from, to]) => `${from},${to}`), ''].join('\n'));
  return path;
}

/** Returns every third id of the voxels, and the id that it becomes. */
function someIds(voxels: VoxelArray, becomes: (i: number) => bigint): Map<bigint, bigint> {
  const ids = [...new Set(Array.from<number | bigint, bigint>(voxels as Iterable<number | bigint>, BigInt))];
  return new Map(ids.filter((_, i) => i % 3 === 0).map((id, i) => [id, becomes(i)]));
}

interface Case {
  readonly file: readonly [folder: string, name: string];
  readonly dataType: DataType;
  readonly becomes?: (i: number) => bigint;
  readonly others?: 'keep' | 'zero';
  readonly idOffset?: bigint;
  readonly turned?: boolean;
  readonly out: DataType;
}

const WIDE = 2n ** 63n + 2n ** 53n + 1n;

const CASES: readonly Case[] = [
  {
    file: ['arrays', 'npy-le-u8.npy'],
    dataType: 'uint64',
    becomes: (i) => WIDE + BigInt(i % 4),
    out: 'uint64',
  },
  {
    file: ['arrays', 'npy-le-u8.npy'],
    dataType: 'uint64',
    becomes: (i) => BigInt(i),
    others: 'zero',
    idOffset: WIDE,
    out: 'uint64',
    turned: true,
  },
  { file: ['arrays', 'npy-u1.npy'], dataType: 'uint8', becomes: (i) => BigInt(i), out: 'uint8' },
  { file: ['arrays', 'npy-u1.npy'], dataType: 'uint8', becomes: () => 70000n, out: 'uint32' },
  {
    file: ['hdf5', 'hdf5-int64.h5'],
    dataType: 'int64',
    becomes: (i) => BigInt(i),
    others: 'zero',
    out: 'uint64',
  },
  {
    file: ['hdf5', 'hdf5-int32.h5'],
    dataType: 'int32',
    becomes: (i) => 2n ** 32n + BigInt(i),
    others: 'zero',
    out: 'uint64',
  },
  {
    file: ['hierarchies', 'zarr3-int8.zarr'],
    dataType: 'int8',
    becomes: () => 200n,
    others: 'zero',
    out: 'uint8',
  },
  {
    file: ['hierarchies', 'zarr3-uint16.zarr'],
    dataType: 'uint16',
    idOffset: 1000000n,
    out: 'uint32',
    turned: true,
  },
  { file: ['archives', 'png-stored.zip'], dataType: 'uint16', idOffset: 5n, out: 'uint32' },
  { file: ['hierarchies', 'zarr3-uint32.zarr'], dataType: 'uint32', idOffset: 2n ** 40n, out: 'uint64' },
];

CASES.forEach(({ file, dataType, becomes, others, idOffset, turned, out }, i) => {
  const stored = fixtureVoxels(dataType, SIZE);
  const remap = becomes && someIds(stored, becomes);
  const options: OpenOptions = {
    ...(remap === undefined ? {} : { remap: table(`${i}.csv`, remap) }),
    ...(others === undefined ? {} : { remapOthers: others }),
    ...(idOffset === undefined ? {} : { idOffset: String(idOffset) }),
    ...(turned === true ? { roi: '1:,:6,1:4', transpose: 'zyx', flip: 'x' } : {}),
  };
  const seen = viewTwin(
    { size: SIZE, channels: 1, data: stored },
    {
      ...(remap === undefined ? {} : { remap }),
      ...(others === undefined ? {} : { others }),
      ...(idOffset === undefined ? {} : { idOffset }),
      ...(turned === true
        ? {
            crop: [
              [1, 9],
              [0, 6],
              [1, 4],
            ],
            transpose: 'zyx',
            flip: 'x',
          }
        : {}),
      dataType: out,
    },
  );
  testSourceConformance(`${file[1]} with other ids, ${i}`, {
    path: fixture(...file),
    options,
    dataType: dataTypeOf(seen.data),
    channels: 1,
    content: seen.data,
  });
});

async function refusal(options: OpenOptions, file: readonly [string, string] = ['arrays', 'npy-le-u8.npy']) {
  try {
    const source = await openSource(fixture(...file), options);
    const { size, dataType } = source.metadata;
    const box = boxOfShape(size);
    const data = allocateVoxels(dataType, size[0] * size[1] * size[2]);
    await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  } catch (error) {
    const { message, details, remedy } = error as StudioError;
    return { message, details, remedy };
  }
  throw new Error('was taken');
}

describe('what is refused', () => {
  test('lines that are no ids, and ids that are listed twice, by their lines', async () => {
    const path = join(folder, 'bad.csv');
    writeFileSync(
      path,
      '\uFEFFfrom;name;to\n# old ids\n1;a;2\n\nx;b;3\n1;c;4\n18446744073709551616;d;1\n5;e;-1\n6;f\n',
    );
    const { message, details } = await refusal({ remap: path });
    expect(message).toBe(`--remap: ${path} has lines that are not valid.`);
    expect(details).toEqual([
      "line 5: 'x' is not an id",
      'line 6: the id 1 is already in line 3',
      "line 7: '18446744073709551616' is not an id",
      "line 8: '-1' is not an id",
      "line 9: '' is not an id",
    ]);
  });

  test('a table without the columns, one without ids, and one that is not there', async () => {
    expect((await refusal({ remap: table('names.csv', [[1, 2]], 'old,new') })).message).toContain(
      'has no columns named from and to, but old, new',
    );
    expect((await refusal({ remap: table('empty.csv', []) })).message).toContain('lists no ids');
    expect((await refusal({ remap: join(folder, 'nowhere.csv') })).message).toContain('nowhere.csv');
  });

  test('ids that the voxels of the input can not have', async () => {
    const path = table('negative.csv', [
      [1, 1],
      [-1, 0],
    ]);
    expect((await refusal({ remap: path })).message).toBe(
      `--remap: ${path}, line 3: the input has no id -1: its voxels are uint64, from 0 to 18446744073709551615.`,
    );
    const large = table('large.csv', [[256, 0]]);
    expect((await refusal({ remap: large }, ['arrays', 'npy-u1.npy'])).message).toContain('no id 256');
  });

  test('a negative id that would have to stay', async () => {
    const { message } = await refusal({ remap: table('one.csv', [[1, 1]]) }, [
      'hierarchies',
      'zarr3-int8.zarr',
    ]);
    expect(message).toMatch(/^the voxel at x \d, y \d, z \d is negative: -\d+$/);
  });

  test('an id that would not fit, with its place, and one that would become background', async () => {
    const stored = fixtureVoxels('uint64', SIZE) as BigUint64Array;
    const first = stored.findIndex((id) => id > 5n);
    const up = await refusal({ idOffset: String(2n ** 64n - 5n) });
    expect(up.message).toBe(
      `--id-offset: the id ${stored[first]} at x ${first % 9}, y ${Math.floor(first / 9)}, z 0 of the output would become ` +
        `${(stored[first] ?? 0n) + 2n ** 64n - 5n}: the largest possible id is ${2n ** 64n - 1n}.`,
    );
    const down = await refusal({ idOffset: `-${stored[first]}` });
    expect(down.message).toContain(`would become 0: ids are above 0`);
    const wide = await refusal({ idOffset: '4294967294' }, ['hierarchies', 'zarr3-uint32.zarr']);
    expect(wide.remedy).toContain('--data-type uint64');
  });

  test('ids of grey values', async () => {
    const file = ['arrays', 'npy-le-f4.npy'] as const;
    expect((await refusal({ idOffset: '1' }, file)).message).toContain('ids are whole numbers');
  });

  test('of images, whole numbers too', async () => {
    const labels = ['hierarchies', 'zarr3-uint32.zarr'] as const;
    expect((await refusal({ kind: 'image', idOffset: '1' }, labels)).message).toBe(
      '--id-offset: an image has no ids to change.',
    );
    expect((await refusal({ kind: 'image', remap: 'ids.csv' }, labels)).message).toBe(
      '--remap: an image has no ids to change.',
    );
  });

  test('what becomes of others without a table', async () => {
    expect((await refusal({ remapOthers: 'zero' })).message).toContain('--remap-others');
  });
});
