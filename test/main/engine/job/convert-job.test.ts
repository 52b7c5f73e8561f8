import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DataType } from '../../../../src/shared/base/data-type';
import type { Vec3 } from '../../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../../src/shared/base/volume-block';
import type { DownsampleMethod, DownsampleOptions } from '../../../../src/shared/kernels/downsample';
import { convertVolume, type Flags } from '../../../convert-volume';
import { writeTiffStack, type StackOptions } from '../../../fixtures/tiff-stack';
import { imageVolume, labelVolume, nearlyEmptyVolume } from '../../../fixtures/volumes';
import { GZ_FILES, readInfo, readScales, type Storage } from '../../../independent-reader';
import { parseMultiscaleVolumeInfo } from '../../../neuroglancer-info';
import { pyramidTwin } from '../../../pyramid-twin';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree, listTree } from '../../../tree-hash';

interface Case {
  readonly name: string;
  readonly volume: VolumeBlock;
  readonly flags?: Flags;
  readonly stack?: StackOptions;
  /** The voxel type of the output, if it differs from that of the input. */
  readonly dataType?: DataType;
  readonly method?: DownsampleMethod;
  readonly options?: DownsampleOptions;
  readonly storage?: Storage;
  /** Sizes of all scales. */
  readonly sizes: readonly Vec3[];
}

const CASES: readonly Case[] = [
  {
    name: 'sizes that are primes, ids beyond 2^53, coarse slices',
    volume: labelVolume('uint64', [67, 43, 31]),
    flags: { chunkSize: '16', resolution: '8,8,20' },
    stack: { rowsPerStrip: 7 },
    sizes: [
      [67, 43, 31],
      [34, 22, 31],
      [17, 11, 16],
    ],
  },
  {
    name: 'one voxel',
    volume: labelVolume('uint64', [1, 1, 1], 5),
    sizes: [[1, 1, 1]],
  },
  {
    name: 'a last chunk of one voxel on each axis, as many scales as there can be',
    volume: labelVolume('uint32', [17, 17, 9]),
    flags: { chunkSize: '16,16,8', scales: '40' },
    sizes: [
      [17, 17, 9],
      [9, 9, 5],
      [5, 5, 3],
      [3, 3, 2],
      [2, 2, 1],
      [1, 1, 1],
    ],
  },
  {
    name: 'one slice of narrow labels, widened',
    volume: labelVolume('uint16', [150, 70, 1]),
    flags: { chunkSize: '32' },
    dataType: 'uint32',
    sizes: [
      [150, 70, 1],
      [75, 35, 1],
      [38, 18, 1],
    ],
  },
  {
    name: 'odd chunks, blocks and factors',
    volume: labelVolume('uint64', [90, 61, 23]),
    flags: { chunkSize: '17,23,5', blockSize: '5,3,7', factors: '3,3,1' },
    stack: { rowsPerStrip: 10 },
    sizes: [
      [90, 61, 23],
      [30, 21, 23],
    ],
  },
  {
    name: 'factors that change from step to step',
    volume: labelVolume('uint32', [61, 47, 40]),
    flags: { chunkSize: '8', factors: '2,2,1;1,3,2', scales: '4' },
    sizes: [
      [61, 47, 40],
      [31, 24, 40],
      [31, 8, 20],
      [31, 3, 10],
    ],
  },
  {
    name: 'bytes as raw labels, in plain files without compression',
    volume: labelVolume('uint8', [40, 33, 21]),
    flags: { chunkSize: '16', encoding: 'raw', compression: 'none', layout: 'plain' },
    storage: { suffix: '', gzipped: false },
    sizes: [
      [40, 33, 21],
      [20, 17, 11],
    ],
  },
  {
    name: 'bytes as labels of 64 bits, gzipped without a suffix, by stride',
    volume: labelVolume('uint8', [40, 33, 21]),
    flags: { chunkSize: '16', dataType: 'uint64', layout: 'plain', downsample: 'stride' },
    dataType: 'uint64',
    method: 'stride',
    storage: { suffix: '', gzipped: true },
    sizes: [
      [40, 33, 21],
      [20, 17, 11],
    ],
  },
  {
    name: 'signed labels, background that loses',
    volume: labelVolume('int32', [40, 33, 21]),
    flags: { chunkSize: '16', ignoreBackground: true },
    dataType: 'uint32',
    options: { ignoreBackground: true },
    sizes: [
      [40, 33, 21],
      [20, 17, 11],
    ],
  },
  {
    name: 'no coarser scales',
    volume: labelVolume('uint64', [70, 20, 10]),
    flags: { chunkSize: '8', downsample: 'none' },
    sizes: [[70, 20, 10]],
  },
  {
    name: 'a voxel offset that coarser voxels do not divide',
    volume: labelVolume('uint64', [40, 33, 21]),
    flags: { chunkSize: '16', voxelOffset: '1000,-7,33' },
    sizes: [
      [40, 33, 21],
      [20, 17, 11],
    ],
  },
  {
    name: 'the average of a 16-bit image',
    volume: imageVolume('uint16', [50, 41, 13]),
    flags: { chunkSize: '16', type: 'image' },
    method: 'average',
    sizes: [
      [50, 41, 13],
      [25, 21, 7],
    ],
  },
  {
    name: 'the average of signed values',
    volume: imageVolume('int16', [50, 41, 13]),
    flags: { chunkSize: '16', type: 'image' },
    method: 'average',
    sizes: [
      [50, 41, 13],
      [25, 21, 7],
    ],
  },
  {
    name: 'the average of floats',
    volume: imageVolume('float32', [50, 41, 13]),
    flags: { chunkSize: '16', type: 'image' },
    method: 'average',
    sizes: [
      [50, 41, 13],
      [25, 21, 7],
    ],
  },
  {
    name: 'the three channels of a colour image',
    volume: imageVolume('uint8', [50, 41, 13], 3),
    flags: { chunkSize: '16', type: 'image' },
    stack: { rowsPerStrip: 4 },
    method: 'average',
    sizes: [
      [50, 41, 13],
      [25, 21, 7],
    ],
  },
];

async function stackOf(volume: VolumeBlock, options?: StackOptions): Promise<string> {
  const folder = join(await temporaryFolder(), 'stack');
  await writeTiffStack(folder, volume, options);
  return folder;
}

/** Returns the factors between the scales of a dataset. */
function stepsOf(sizes: readonly Vec3[], resolutions: readonly Vec3[]): Vec3[] {
  expect(resolutions).toHaveLength(sizes.length);
  return resolutions.slice(1).map((coarse, i) => {
    const finer = resolutions[i] ?? [0, 0, 0];
    return coarse.map((edge, axis) => Math.round(edge / (finer[axis] ?? 0))) as unknown as Vec3;
  });
}

/** Shards of only a few chunks, so that there are several. */
const SHARDED: Flags = { sharding: 'always', shardSize: 2 ** 20 };

describe.each([
  ['chunk files', {}],
  ['shards', SHARDED],
])('every voxel of every scale, read back by a stranger from %s', (_, storageFlags: Flags) => {
  test.each(CASES)('$name', async ({ volume, flags, stack, sizes, ...rest }) => {
    const output = join(await temporaryFolder(), 'dataset');
    await convertVolume(await stackOf(volume, stack), output, { ...flags, ...storageFlags });
    const info = await readInfo(output);
    expect(() => parseMultiscaleVolumeInfo(info)).not.toThrow();
    expect(info.scales.map(({ size }) => size)).toEqual(sizes);
    const steps = stepsOf(
      sizes,
      info.scales.map(({ resolution }) => resolution),
    );
    const twins = pyramidTwin(volume, steps, rest.method ?? 'majority', rest.options);
    const scales = await readScales(output, rest.storage ?? GZ_FILES);
    for (const [i, scale] of scales.entries()) {
      expect(scale.missingChunks).toBe(0);
      expect(scale.strayFiles).toEqual([]);
      expectSameValues(scale.data, twins[i]?.data ?? []);
    }
    expect(info.data_type).toBe(rest.dataType ?? typeNameOf(volume));
    expect(await topLevel(output)).toEqual(
      [
        'info',
        'provenance',
        ...info.scales.map(({ key }) => key),
        ...('segment_properties' in info ? ['segment_properties'] : []),
      ].sort(),
    );
  });

  test('offsets of coarser scales are divided and rounded down', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    const input = await stackOf(labelVolume('uint8', [40, 9, 9]));
    await convertVolume(input, output, { chunkSize: '8', voxelOffset: '1001,-7,33', scales: '3' });
    const { scales } = await readInfo(output);
    expect(scales.map(({ voxel_offset: offset }) => offset)).toEqual([
      [1001, -7, 33],
      [500, -4, 16],
      [250, -2, 8],
    ]);
  });

  test('chunks of zeros can be left out', async () => {
    const volume = nearlyEmptyVolume([40, 40, 40]);
    const output = join(await temporaryFolder(), 'dataset');
    const flags = { chunkSize: '8', skipEmpty: true, scales: '3', ...storageFlags };
    await convertVolume(await stackOf(volume), output, flags);
    const scales = await readScales(output);
    const twins = pyramidTwin(
      volume,
      [
        [2, 2, 2],
        [2, 2, 2],
      ],
      'majority',
    );
    expect(scales.map(({ missingChunks }) => missingChunks)).toEqual([124, 26, 7]);
    for (const [i, scale] of scales.entries()) expectSameValues(scale.data, twins[i]?.data ?? []);
  });

  test('a dataset is an input too', async () => {
    const volume = labelVolume('uint64', [30, 20, 10]);
    const [first, second] = [join(await temporaryFolder(), 'a'), join(await temporaryFolder(), 'b')];
    const flags = { chunkSize: '8', voxelOffset: '5,6,7', ...storageFlags };
    await convertVolume(await stackOf(volume), first, flags);
    await convertVolume(first, second, { chunkSize: '16', resolution: undefined });
    const [scale] = await readScales(second);
    expectSameValues(scale?.data ?? [], volume.data);
    expect((await readInfo(second)).scales[0]).toMatchObject({
      resolution: [8, 8, 8],
      voxel_offset: [5, 6, 7],
    });
  });
});

describe('the same bytes', () => {
  test.each([{}, SHARDED])(
    'for any number of workers and any amount of memory, which cut the work otherwise (%j)',
    async (storageFlags) => {
      const input = await stackOf(labelVolume('uint64', [121, 97, 89]), { rowsPerStrip: 13 });
      const root = await temporaryFolder();
      const runs = await Promise.all(
        [
          { workers: 2, memory: '2GiB' },
          { workers: 1, memory: '2GiB' },
          { workers: 3, memory: `${await leastMemory(input)}MiB` },
        ].map(async (flags, i) => {
          const output = join(root, String(i));
          const all = { chunkSize: '16', scales: '4', ...storageFlags, ...flags };
          const { plan } = await convertVolume(input, output, all);
          return { hash: await hashTree(output), stages: plan.stages.map(({ block }) => block.shape) };
        }),
      );
      expect(new Set(runs.map(({ hash }) => hash)).size).toBe(1);
      expect(runs[2]?.stages).not.toEqual(runs[0]?.stages);
    },
  );

  test.each([{}, SHARDED])(
    'of JPEGs too: coarser scales are made of exact values (%j)',
    async (storageFlags) => {
      const input = await stackOf(imageVolume('uint8', [150, 130, 120]));
      const root = await temporaryFolder();
      const flags = {
        chunkSize: '16',
        type: 'image',
        encoding: 'jpeg',
        jpegQuality: 20,
        scales: '4',
        workers: 2,
        ...storageFlags,
      };
      const stages: number[] = [];
      const hashes = new Set<string>();
      for (const memory of ['2GiB', `${await leastMemory(input, flags)}MiB`]) {
        const output = join(root, memory);
        const { plan } = await convertVolume(input, output, { ...flags, memory });
        stages.push(plan.stages.length);
        hashes.add(await hashTree(output));
        expect(await topLevel(output)).not.toContain('.precomputed-studio');
      }
      expect(hashes.size).toBe(1);
      expect(stages[1]).toBeGreaterThan(stages[0] ?? 0);
    },
  );
});

/** Returns the smallest memory that the program itself asks for, in MiB. */
async function leastMemory(input: string, flags: Flags = {}): Promise<number> {
  const output = join(await temporaryFolder(), 'none');
  const refusal = await convertVolume(input, output, { chunkSize: '16', memory: '1MiB', ...flags }).catch(
    String,
  );
  return Number(/needs (\d+)MiB/.exec(String(refusal))?.[1]);
}

function expectSameValues(found: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (found[i] !== expected[i] && String(found[i]) !== String(expected[i])) {
      expect.fail(`voxel ${i} is ${found[i]} where ${expected[i]} should be`);
    }
  }
}

function typeNameOf({ data }: VolumeBlock): string {
  return data.constructor.name.replace('Array', '').replace('Big', '').toLowerCase();
}

async function topLevel(folder: string): Promise<string[]> {
  return [...new Set((await listTree(folder)).map((path) => path.split('/')[0] ?? ''))].sort();
}
