import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../src/main/sources/registry';
import { reopenSource } from '../../src/main/sources/reopen-source';
import type { OpenOptions } from '../../src/main/sources/source-opener';
import type { SourceHandle, VolumeSource } from '../../src/main/sources/volume-source';
import { BoxGrid, boxOfShape, boxShape, boxVolume, formatBox, type Box } from '../../src/shared/base/box';
import {
  allocateVoxels,
  dataTypeOf,
  voxelView,
  type DataType,
  type VoxelArray,
} from '../../src/shared/base/data-type';
import { allocateKernelMemory } from '../../src/shared/base/kernel-memory';
import { vec3 } from '../../src/shared/base/vec3';
import type { VolumeBlock } from '../../src/shared/base/volume-block';
import { randomWords } from '../random';

/** More bytes than any kernel writes at once. */
const GUARD_BYTES = 1024;

export interface ConformanceCase {
  readonly path: string;
  readonly options?: OpenOptions;
  readonly dataType: DataType;
  readonly channels: number;
  /** All voxels, in the order of a {@link VolumeBlock}. */
  readonly content: VoxelArray;
}

const WIDER: Readonly<Partial<Record<DataType, DataType>>> = {
  uint8: 'uint64',
  uint16: 'uint32',
  uint32: 'uint64',
  int8: 'int64',
  int16: 'int32',
  int32: 'int64',
  float32: 'float64',
};

/** Registers the tests that every source has to pass, with a volume whose content is known. */
export function testSourceConformance(name: string, known: ConformanceCase): void {
  describe(name, () => {
    let source: VolumeSource;
    let whole: VolumeBlock;
    beforeAll(async () => {
      source = await openSource(known.path, known.options);
      const { size, channels } = source.metadata;
      whole = { box: boxOfShape(size), channels, data: known.content };
    });
    afterAll(() => source.close());

    const expectEqual = async (reader: VolumeSource, box: Box) => {
      const data = await readBox(reader, box);
      expectSameVoxels(data, cut(whole, box).data, formatBox(box));
    };

    test('says type, channels and a size that fits its voxels', () => {
      const { metadata } = source;
      expect(metadata.dataType).toBe(known.dataType);
      expect(metadata.channels).toBe(known.channels);
      expect(boxVolume(boxOfShape(metadata.size)) * metadata.channels).toBe(known.content.length);
      expect(metadata.storageShape.every((edge) => Number.isInteger(edge) && edge > 0)).toBe(true);
      expect(metadata.decodeBytes).toBeGreaterThan(0);
      expect(metadata.fingerprint).not.toBe('');
    });

    test('gives the whole volume', () => expectEqual(source, whole.box));

    test('gives single voxels at all corners', async () => {
      for (let corner = 0; corner < 8; corner++) {
        const min = vec3((axis) => ((corner >> axis) & 1 ? source.metadata.size[axis] - 1 : 0));
        await expectEqual(source, { min, max: vec3((axis) => min[axis] + 1) });
      }
    });

    test('gives boxes of any place and size', async () => {
      const random = randomWords(known.content.length);
      for (let i = 0; i < 10; i++) await expectEqual(source, randomBox(whole.box, random));
    });

    test('gives boxes aligned to its storage', async () => {
      const { size, storageShape, storageOrigin } = source.metadata;
      const grid = new BoxGrid(boxOfShape(size), storageShape, storageOrigin);
      for (let i = 0; i < grid.length; i += Math.ceil(grid.length / 20))
        await expectEqual(source, grid.at(i));
    });

    test('gives boxes that are read at the same time', async () => {
      const random = randomWords(known.content.length + 1);
      const boxes = Array.from({ length: 8 }, () => randomBox(whole.box, random));
      await Promise.all(boxes.map((box) => expectEqual(source, box)));
    });

    test('leaves voxels of the target alone that were not asked for', async () => {
      const box = randomBox(whole.box, randomWords(known.content.length + 2));
      const around: Box = {
        min: vec3((axis) => box.min[axis] - 2 - axis),
        max: vec3((axis) => box.max[axis] + 3 + axis),
      };
      const target = block(around, known.channels, known.dataType);
      bytesOf(target.data).fill(0x5a);
      const expected = { ...target, data: target.data.slice() };
      paste(cut(whole, box), expected);
      await source.read(box, target);
      expectSameVoxels(target.data, expected.data, formatBox(box));
    });

    test('writes into memory that all threads see, and to nothing beside', async () => {
      const { size, storageShape, storageOrigin } = source.metadata;
      const units = new BoxGrid(boxOfShape(size), storageShape, storageOrigin);
      const { buffer } = allocateKernelMemory(known.content.byteLength + 2 * GUARD_BYTES, 1);
      for (const box of [whole.box, units.at(0), units.at(units.length - 1)]) {
        const part = cut(whole, box);
        const end = GUARD_BYTES + part.data.byteLength;
        const guarded = new Uint8Array(buffer, 0, end + GUARD_BYTES).fill(0x5a);
        const data = voxelView(known.dataType, buffer, GUARD_BYTES, part.data.length);
        await source.read(box, { ...part, data });
        expectSameVoxels(data, part.data, formatBox(box));
        expect(guarded.subarray(0, GUARD_BYTES).every((byte) => byte === 0x5a)).toBe(true);
        expect(guarded.subarray(end).every((byte) => byte === 0x5a)).toBe(true);
      }
    });

    test('gives boxes that are read at the same time into memory that all threads see', async () => {
      const { length, BYTES_PER_ELEMENT: size } = known.content;
      const { buffer } = allocateKernelMemory(2 * known.content.byteLength, 1);
      const reads = [0, 1].map(async (i) => {
        const data = voxelView(known.dataType, buffer, i * length * size, length);
        await source.read(whole.box, { ...whole, data });
        expectSameVoxels(data, whole.data, formatBox(whole.box));
      });
      await Promise.all(reads);
    });

    test('reads the same from its handle, passed as JSON', async () => {
      const handle = JSON.parse(JSON.stringify(source.handle)) as SourceHandle;
      const again = await reopenSource(handle);
      expect(again.metadata).toEqual(source.metadata);
      await expectEqual(again, whole.box);
      await again.close();
    });

    test('has the same fingerprint when it is opened again', async () => {
      const again = await openSource(known.path, known.options);
      expect(again.metadata.fingerprint).toBe(source.metadata.fingerprint);
      await again.close();
    });

    const wider = WIDER[known.dataType];
    if (wider !== undefined) {
      test(`widens to ${wider}`, async () => {
        const target = block(whole.box, known.channels, wider);
        await source.read(whole.box, target);
        expect(target.data.join()).toBe(known.content.join());
      });
    }
  });
}

function block(box: Box, channels: number, dataType: DataType): VolumeBlock {
  return { box, channels, data: allocateVoxels(dataType, boxVolume(box) * channels) };
}

async function readBox(source: VolumeSource, box: Box): Promise<VoxelArray> {
  const target = block(box, source.metadata.channels, source.metadata.dataType);
  await source.read(box, target);
  return target.data;
}

function randomBox(within: Box, random: () => number): Box {
  const min = vec3((axis) => random() % within.max[axis]);
  return { min, max: vec3((axis) => min[axis] + 1 + (random() % (within.max[axis] - min[axis]))) };
}

/** Copies a box out of a block in a readable way. */
function cut(whole: VolumeBlock, box: Box): VolumeBlock {
  const part = block(box, whole.channels, dataTypeOf(whole.data));
  eachVoxel(box, whole.channels, (x, y, z, c) => {
    part.data[indexIn(part, x, y, z, c)] = whole.data[indexIn(whole, x, y, z, c)] ?? 0;
  });
  return part;
}

function paste(part: VolumeBlock, target: VolumeBlock): void {
  eachVoxel(part.box, part.channels, (x, y, z, c) => {
    target.data[indexIn(target, x, y, z, c)] = part.data[indexIn(part, x, y, z, c)] ?? 0;
  });
}

function eachVoxel(
  { min, max }: Box,
  channels: number,
  visit: (x: number, y: number, z: number, c: number) => void,
): void {
  for (let c = 0; c < channels; c++) {
    for (let z = min[2]; z < max[2]; z++) {
      for (let y = min[1]; y < max[1]; y++) {
        for (let x = min[0]; x < max[0]; x++) visit(x, y, z, c);
      }
    }
  }
}

function indexIn({ box }: VolumeBlock, x: number, y: number, z: number, c: number): number {
  const [width, height, depth] = boxShape(box);
  return ((c * depth + z - box.min[2]) * height + y - box.min[1]) * width + x - box.min[0];
}

/** Compares byte by byte, so that not-a-number counts too. This is much faster than comparing arrays. */
function expectSameVoxels(found: VoxelArray, expected: VoxelArray, where: string): void {
  const same = Buffer.compare(bytesOf(found), bytesOf(expected)) === 0;
  const first = same ? -1 : found.findIndex((value: number | bigint, i: number) => value !== expected[i]);
  expect(same, `${where}: voxel ${first} is ${found[first]}, not ${expected[first]}`).toBe(true);
}

function bytesOf(data: VoxelArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
