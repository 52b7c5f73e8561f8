import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoxGrid, boxOfShape, boxShape, type Box } from '../../../src/shared/base/box';
import { bytesPerVoxel, voxelView, type DataType } from '../../../src/shared/base/data-type';
import { allocateKernelMemory } from '../../../src/shared/base/kernel-memory';
import { BugError, InvalidInputError } from '../../../src/shared/base/errors';
import { product3, subtract3, vec3, type Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { LabelStatistics, type LabelEntry } from '../../../src/shared/kernels/label-statistics';
import { randomWords } from '../../random';

const TYPES: readonly DataType[] = ['uint8', 'uint16', 'uint32', 'uint64'];

/** Ids that share words, or that are zero, infinite or NaN as doubles. */
const AWKWARD_IDS = [
  0n,
  0x8000000000000000n,
  0x7ff8000000000000n,
  0xfff8000000000001n,
  0x7ff0000000000000n,
  0x100000000n,
  1n,
  0x100000001n,
  0x20000000000001n,
  0xffffffffffffffffn,
];

/** Kinds of memory for blocks: memory that all threads share, and such memory that the kernel can access. */
const MEMORIES: readonly [string, (bytes: number) => SharedArrayBuffer][] = [
  ['shared memory', (bytes) => new SharedArrayBuffer(bytes)],
  ['kernel memory', (bytes) => allocateKernelMemory(bytes, 1).buffer],
];

function randomBlock(
  type: DataType,
  box: Box,
  seed: number,
  labels: number,
  runs: number,
  allocate = (bytes: number) => new SharedArrayBuffer(bytes),
): VolumeBlock {
  const length = product3(boxShape(box));
  const bytes = bytesPerVoxel(type);
  const data = voxelView(type, allocate((length + 1) * bytes), bytes, length);
  const voxels: { [index: number]: number | bigint } = data;
  const random = randomWords(seed);
  for (let i = 0; i < length; i++) {
    const again = i > 0 && random() % runs !== 0;
    const label = random() % labels;
    const fresh = type === 'uint64' ? (AWKWARD_IDS[label] ?? BigInt(label) * 0x1_0000_0003n) : label;
    voxels[i] = again ? (voxels[i - 1] as number | bigint) : fresh;
  }
  return { box, channels: 1, data };
}

/** The slow, readable counterpart: a Map that is filled voxel by voxel. */
function statisticsTwin(block: VolumeBlock, box: Box): LabelEntry[] {
  const [width, height] = boxShape(block.box);
  const found = new Map<bigint, { voxels: number; positions: Vec3[] }>();
  for (let z = box.min[2]; z < box.max[2]; z++) {
    for (let y = box.min[1]; y < box.max[1]; y++) {
      for (let x = box.min[0]; x < box.max[0]; x++) {
        const [i, j, k] = subtract3([x, y, z], block.box.min);
        const id = BigInt(block.data[i + width * (j + height * k)] ?? -1);
        const entry = found.get(id) ?? { voxels: 0, positions: [] };
        entry.voxels++;
        entry.positions.push([x, y, z]);
        found.set(id, entry);
      }
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { voxels, positions }]) => ({
      id,
      voxels,
      box: {
        min: vec3((axis) => Math.min(...positions.map((position) => position[axis]))),
        max: vec3((axis) => Math.max(...positions.map((position) => position[axis])) + 1),
      },
    }));
}

function statisticsOf(block: VolumeBlock, boxes: Iterable<Box>): LabelStatistics {
  const statistics = new LabelStatistics();
  for (const box of boxes) statistics.accumulate(block, box);
  return statistics;
}

const axis = fc.record({ begin: fc.integer({ min: -20, max: 20 }), size: fc.integer({ min: 1, max: 13 }) });

describe('label statistics', () => {
  const cases = MEMORIES.flatMap(([memory, allocate]) =>
    TYPES.map((type) => [type, memory, allocate] as const),
  );
  it.each(cases)('of %s labels in %s equal the twin, in any part of a block', (type, _, allocate) => {
    fc.assert(
      fc.property(
        fc.tuple(axis, axis, axis),
        fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
        fc.constantFrom(1, 3, 10, 200),
        fc.constantFrom(1, 3, 12),
        fc.nat(),
        (axes, trim, labels, runs, seed) => {
          const box: Box = {
            min: vec3((i) => axes[i].begin),
            max: vec3((i) => axes[i].begin + axes[i].size),
          };
          const part: Box = {
            min: vec3((i) => Math.min(box.min[i] + trim[i], box.max[i] - 1)),
            max: box.max,
          };
          const block = randomBlock(type, box, seed, labels, runs, allocate);
          const statistics = statisticsOf(block, [part]);
          expect([...statistics]).toEqual(statisticsTwin(block, part));
          expect(statistics.size).toBe(statisticsTwin(block, part).length);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('are the same whatever the pieces and their order', () => {
    const box: Box = { min: [-7, 5, 100], max: [26, 30, 117] };
    const block = randomBlock('uint64', box, 9, 300, 3);
    const whole = statisticsOf(block, [box]);
    const pieces = [...new BoxGrid(box, [8, 8, 8])];
    const first = statisticsOf(block, pieces.slice(0, 20).reverse());
    first.merge(statisticsOf(block, pieces.slice(20)));
    first.merge(new LabelStatistics());
    expect(first.toBytes()).toEqual(whole.toBytes());
    expect(whole.size).toBe(300);
  });

  it.each(MEMORIES)('hold many labels in %s, in wide rows and narrow ones', (_, allocate) => {
    const length = 100_000;
    const data = new Uint32Array(allocate(4 * length), 0, length);
    for (let i = 0; i < length; i++) data[i] = Math.imul(i, 0x9e3779b1);
    const ids = [...data.slice().sort()];
    for (const size of [
      [100, 100, 10],
      [10_000, 5, 2],
      [1, 1, 100_000],
    ] as const) {
      const box = boxOfShape(size);
      const entries = [...statisticsOf({ box, channels: 1, data }, [box])];
      expect(entries.map(({ id }) => Number(id))).toEqual(ids);
      expect(entries.every(({ voxels }) => voxels === 1)).toBe(true);
    }
  });

  it('count beyond 32 bits', () => {
    const box = boxOfShape([1, 1, 1]);
    const statistics = statisticsOf({ box, channels: 1, data: new Uint8Array([7]) }, [box]);
    for (let doubling = 0; doubling < 40; doubling++) {
      statistics.merge(LabelStatistics.fromBytes(statistics.toBytes()));
    }
    expect([...statistics]).toEqual([{ id: 7n, voxels: 2 ** 40, box }]);
  });

  it('add nothing for an empty box', () => {
    const block = randomBlock('uint8', boxOfShape([2, 2, 2]), 1, 3, 1);
    expect(statisticsOf(block, [{ min: [1, 1, 1], max: [1, 2, 2] }]).size).toBe(0);
  });

  it.each<[string, VolumeBlock, Box]>([
    ['a box outside', randomBlock('uint8', boxOfShape([2, 2, 2]), 1, 3, 1), boxOfShape([2, 3, 2])],
    [
      'signed labels',
      { box: boxOfShape([1, 1, 1]), channels: 1, data: new Int8Array(1) },
      boxOfShape([1, 1, 1]),
    ],
    ['channels', { box: boxOfShape([1, 1, 1]), channels: 2, data: new Uint8Array(2) }, boxOfShape([1, 1, 1])],
  ])('refuse %s', (_, block, box) => {
    expect(() => statisticsOf(block, [box])).toThrow(BugError);
  });
});

describe('label statistics of a kernel memory', () => {
  it('that is more than JavaScript has signed numbers for count labels at its end', () => {
    const { buffer } = allocateKernelMemory(2 ** 31 + 64, 1);
    const box = boxOfShape([4, 2, 2]);
    const data = new Uint32Array(buffer, 2 ** 31, 16).fill(7);
    expect([...statisticsOf({ box, channels: 1, data }, [box])]).toEqual([{ id: 7n, voxels: 16, box }]);
  });
});

describe('label statistics as bytes', () => {
  const box: Box = { min: [-1, 2, 3], max: [0, 3, 4] };
  const one = statisticsOf({ box, channels: 1, data: BigUint64Array.of(0xfedcba9876543210n) }, [box]);

  it('stand as laid out', () => {
    const expected = [
      ...[0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe],
      ...[1, 0, 0, 0, 0, 0, 0, 0],
      ...[0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 3, 0, 0, 0],
      ...[0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0],
    ];
    expect([...one.toBytes()]).toEqual(expected);
  });

  it('come back', () => {
    const block = randomBlock('uint64', boxOfShape([20, 10, 5]), 5, 150, 2);
    const statistics = statisticsOf(block, [block.box]);
    const bytes = statistics.toBytes();
    const offset = new Uint8Array(bytes.length + 3);
    offset.set(bytes, 3);
    expect([...LabelStatistics.fromBytes(offset.subarray(3))]).toEqual([...statistics]);
    expect(LabelStatistics.fromBytes(new Uint8Array(0)).size).toBe(0);
  });

  const damaged = (change: (view: DataView) => void): Uint8Array => {
    const bytes = one.toBytes();
    change(new DataView(bytes.buffer));
    return bytes;
  };
  it.each<[string, Uint8Array]>([
    ['cut', one.toBytes().subarray(0, 39)],
    ['without voxels', damaged((view) => view.setUint32(8, 0, true))],
    ['with too many voxels', damaged((view) => view.setUint32(12, 0x200000, true))],
    ['with an empty box', damaged((view) => view.setInt32(28, -1, true))],
    ['with an id twice', Uint8Array.from([...one.toBytes(), ...one.toBytes()])],
  ])('are refused when %s', (_, bytes) => {
    expect(() => LabelStatistics.fromBytes(bytes)).toThrow(InvalidInputError);
  });
});
