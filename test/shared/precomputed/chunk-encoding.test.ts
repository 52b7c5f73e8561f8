import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boxOfShape, boxShape, boxVolume, type Box } from '../../../src/shared/base/box';
import { allocateVoxels, voxelView, type VoxelArray } from '../../../src/shared/base/data-type';
import { allocateKernelMemory } from '../../../src/shared/base/kernel-memory';
import { product3, vec3, type Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { copyBox } from '../../../src/shared/kernels/copy-box';
import { LabelStatistics } from '../../../src/shared/kernels/label-statistics';
import {
  decodeChunk,
  encodeChunk,
  encodeLabelsAndCount,
  encodeLabelsIn,
  type ChunkEncoding,
  type LabelEncoding,
} from '../../../src/shared/precomputed/chunk-encoding';
import { randomWords } from '../../random';

const segmentation: ChunkEncoding = {
  encoding: 'compressed_segmentation',
  dataType: 'uint64',
  blockSize: [2, 2, 1],
};

describe('encodeChunk', () => {
  test('writes the words that the layout prescribes', () => {
    const voxels = BigUint64Array.of(4n, 3n, 5n, 4n, 1n, 3n, 3n, 3n);
    const words = new Uint32Array(encodeChunk(segmentation, voxels, [2, 2, 2], 1).buffer);
    expect([...words]).toEqual([
      1,
      5 | (2 << 24),
      4,
      12 | (1 << 24),
      11,
      0b01100001,
      3,
      0,
      4,
      0,
      5,
      0,
      0b1110,
      1,
      0,
      3,
      0,
    ]);
  });

  test('gives raw voxels as they are, without a copy', () => {
    const voxels = new Uint16Array([9, 1, 2, 3, 4, 5, 6]).subarray(1);
    const encoding: ChunkEncoding = { encoding: 'raw', dataType: 'uint16' };
    const bytes = encodeChunk(encoding, voxels, [3, 1, 1], 2);
    expect([...bytes]).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
    expect(bytes.buffer).toBe(voxels.buffer);
    const out = new Uint16Array(6);
    decodeChunk(encoding, bytes, [3, 1, 1], 2, out);
    expect(out).toEqual(voxels.slice());
  });

  test('refuses a data type that the encoding has not', () => {
    const encoding: ChunkEncoding = { ...segmentation, dataType: 'uint8' };
    expect(() => encodeChunk(encoding, new Uint8Array(1), [1, 1, 1], 1)).toThrow(
      /uint32 and uint64 labels, not uint8/,
    );
  });
});

describe('decodeChunk', () => {
  test('gives labels beyond 2^53 back exactly', () => {
    const voxels = BigUint64Array.of(2n ** 64n - 1n, 2n ** 53n + 1n, 0n, 2n ** 32n, 1n, 1n);
    const out = new BigUint64Array(6);
    decodeChunk(segmentation, encodeChunk(segmentation, voxels, [3, 1, 1], 2), [3, 1, 1], 2, out);
    expect(out).toEqual(voxels);
  });

  test('refuses raw bytes of another length', () => {
    const encoding: ChunkEncoding = { encoding: 'raw', dataType: 'uint32' };
    expect(() => decodeChunk(encoding, new Uint8Array(7), [2, 1, 1], 1, new Uint32Array(2))).toThrow(
      /takes 8 bytes, but this one has 7/,
    );
  });
});

type LabelType = 'uint32' | 'uint64';

/** Kinds of memory for blocks: ordinary memory, and kernel memory without and with room for the kernel's notes. */
const MEMORIES: readonly [string, (type: LabelType, length: number) => VoxelArray][] = [
  ['ordinary memory', (type, length) => allocateVoxels(type, length)],
  ['kernel memory', (type, length) => voxelView(type, allocateKernelMemory(8 * length).buffer, 0, length)],
  [
    'kernel memory with a scratch',
    (type, length) => voxelView(type, allocateKernelMemory(8 * length, 1).buffer, 0, length),
  ],
];

function fillRandomly({ data }: VolumeBlock, labels: number, seed: number): void {
  const random = randomWords(seed);
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  for (let i = 0; i < words.length; i++)
    words[i] = random() % 4 === 0 ? random() % labels : (words[i - 2] ?? 0);
}

/** Returns only the chunk's voxels. */
function copyOf(block: VolumeBlock, box: Box, type: LabelType): VoxelArray {
  const data = allocateVoxels(type, boxVolume(box) * block.channels);
  copyBox(block, { box, channels: block.channels, data }, box);
  return data;
}

const axis = fc.record({
  begin: fc.integer({ min: -9, max: 9 }),
  before: fc.nat(9),
  size: fc.integer({ min: 1, max: 21 }),
  after: fc.nat(9),
});

interface Axis {
  readonly begin: number;
  readonly before: number;
  readonly size: number;
  readonly after: number;
}

/** Returns a block, and a chunk somewhere in it. */
function boxesOf(axes: readonly [Axis, Axis, Axis]): { readonly box: Box; readonly chunk: Box } {
  const chunkMin = vec3((i) => axes[i].begin + axes[i].before);
  const chunkMax = vec3((i) => chunkMin[i] + axes[i].size);
  return {
    box: { min: vec3((i) => axes[i].begin), max: vec3((i) => chunkMax[i] + axes[i].after) },
    chunk: { min: chunkMin, max: chunkMax },
  };
}

describe('encodeLabelsAndCount', () => {
  const encoding: LabelEncoding = {
    encoding: 'compressed_segmentation',
    dataType: 'uint64',
    blockSize: [8, 8, 8],
  };
  const inKernelMemory = (type: LabelType, length: number): VoxelArray =>
    voxelView(type, allocateKernelMemory(8 * length, 1).buffer, 0, length);

  test('writes the same bytes, and counts what looking at every voxel does', () => {
    fc.assert(
      fc.property(
        fc.tuple(axis, axis, axis),
        fc.constantFrom<LabelType>('uint32', 'uint64'),
        fc.constantFrom<Vec3>([8, 8, 8], [8, 8, 3], [8, 4, 8], [16, 8, 8], [4, 3, 2], [1, 1, 1]),
        fc.constantFrom(1, 2, 3, 20, 5000),
        fc.nat(),
        (axes, dataType, blockSize, labels, seed) => {
          const { box, chunk } = boxesOf(axes);
          const block = { box, channels: 1, data: inKernelMemory(dataType, boxVolume(box)) };
          fillRandomly(block, labels, seed);
          const counted = new LabelStatistics();
          const encoded = encodeLabelsAndCount(
            { ...encoding, dataType, blockSize },
            block,
            chunk,
            (entries) => {
              counted.addCounts(entries);
            },
          );
          const expected = new LabelStatistics();
          const copy = { box: chunk, channels: 1, data: copyOf(block, chunk, dataType) };
          expected.accumulate(copy, chunk);
          const bytes = encodeLabelsIn({ ...encoding, dataType, blockSize }, block, chunk);
          if (encoded === undefined) expect(expected.size).toBeGreaterThan(8192 - product3(blockSize));
          else expect(Buffer.from(encoded).equals(bytes)).toBe(true);
          if (encoded !== undefined) expect([...counted]).toEqual([...expected]);
        },
      ),
      { seed: 6, numRuns: 200 },
    );
  });

  test('counts ids of 64 bits exactly', () => {
    const data = inKernelMemory('uint64', 512) as BigUint64Array;
    data.fill(2n ** 64n - 1n).fill(2n ** 53n + 1n, 500);
    const counted = new LabelStatistics();
    const block = { box: boxOfShape([8, 8, 8]), channels: 1, data };
    encodeLabelsAndCount(encoding, block, block.box, (entries) => counted.addCounts(entries));
    expect([...counted].map(({ id, voxels }) => [id, voxels])).toEqual([
      [2n ** 53n + 1n, 12],
      [2n ** 64n - 1n, 500],
    ]);
  });

  test.each([
    ['more labels than can be counted', 1, inKernelMemory],
    ['two channels', 2, inKernelMemory],
    ['ordinary memory', 1, (type: LabelType, length: number) => allocateVoxels(type, length)],
  ])('counts nothing of %s', (_, channels, allocate) => {
    const data = allocate('uint64', 8193 * channels) as BigUint64Array;
    for (let i = 0; i < data.length; i++) data[i] = BigInt(i);
    const block = { box: boxOfShape([8193, 1, 1]), channels, data };
    const take = (): void => expect.unreachable();
    expect(encodeLabelsAndCount(encoding, block, block.box, take)).toBeUndefined();
  });
});

describe.each(MEMORIES)('encodeLabelsIn, of a block in %s', (_, allocate) => {
  test('writes what encodeChunk writes of a copy', () => {
    fc.assert(
      fc.property(
        fc.tuple(axis, axis, axis),
        fc.constantFrom<LabelType>('uint32', 'uint64'),
        fc.constantFrom<Vec3>([8, 8, 8], [4, 3, 2], [1, 1, 1]),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom(1, 2, 20, 5000),
        fc.nat(),
        (axes, dataType, blockSize, channels, labels, seed) => {
          const { box, chunk } = boxesOf(axes);
          const block = { box, channels, data: allocate(dataType, boxVolume(box) * channels) };
          fillRandomly(block, labels, seed);
          const encoding: LabelEncoding = { encoding: 'compressed_segmentation', dataType, blockSize };
          const expected = encodeChunk(encoding, copyOf(block, chunk, dataType), boxShape(chunk), channels);
          expect(Buffer.from(encodeLabelsIn(encoding, block, chunk)).equals(expected)).toBe(true);
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });

  test('writes chunks that take more than the scratch', () => {
    const shape: Vec3 = [100, 100, 100];
    const block = { box: boxOfShape(shape), channels: 1, data: allocate('uint64', product3(shape)) };
    const ids = block.data as BigUint64Array;
    for (let i = 0; i < ids.length; i++) ids[i] = BigInt(i) << 20n;
    const encoding: LabelEncoding = {
      encoding: 'compressed_segmentation',
      dataType: 'uint64',
      blockSize: [8, 8, 8],
    };
    const encoded = encodeLabelsIn(encoding, block, block.box);
    expect(encoded.length).toBeGreaterThan(2 ** 22);
    const decoded = new BigUint64Array(ids.length);
    decodeChunk(encoding, encoded, shape, 1, decoded);
    expect(decoded.every((id, i) => id === BigInt(i) << 20n)).toBe(true);
  });

  test('refuses boxes outside of the block, and labels of another type', () => {
    const block = { box: boxOfShape([4, 4, 4]), channels: 1, data: allocate('uint32', 64) };
    const encoding: LabelEncoding = {
      encoding: 'compressed_segmentation',
      dataType: 'uint32',
      blockSize: [8, 8, 8],
    };
    expect(() => encodeLabelsIn(encoding, block, boxOfShape([5, 4, 4]))).toThrow(/no uint32 labels/);
    expect(() => encodeLabelsIn({ ...encoding, dataType: 'uint64' }, block, block.box)).toThrow(
      /no uint64 labels/,
    );
  });
});
