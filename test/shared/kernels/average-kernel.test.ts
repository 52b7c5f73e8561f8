import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxOfShape, boxShape } from '../../../src/shared/base/box';
import {
  DATA_TYPES,
  bytesPerVoxel,
  dataTypeOf,
  voxelView,
  type DataType,
} from '../../../src/shared/base/data-type';
import { allocateKernelMemory } from '../../../src/shared/base/kernel-memory';
import { product3, vec3, type Vec3 } from '../../../src/shared/base/vec3';
import { averageByKernel, copyByKernel, copyShortRows } from '../../../src/shared/kernels/average-kernel';
import { copyBox } from '../../../src/shared/kernels/copy-box';
import { averageWindows } from '../../../src/shared/kernels/downsample-average';
import { windowGrid } from '../../../src/shared/kernels/window-grid';
import { downsampleRegionTwin } from './downsample-twin';
import { randomVoxels } from './random-voxels';
import { blocksIn, regionsOf } from './window-regions';

const TYPES: readonly DataType[] = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32'];

describe('the kernel of the average', () => {
  it('equals the twin within one memory, and leaves all other bytes alone', () => {
    fc.assert(
      fc.property(regionsOf(TYPES), (region) => {
        const { type, box, room, targetBox, factors } = region;
        const bytes = (product3(boxShape(box)) + product3(boxShape(room)) + 4) * bytesPerVoxel(type) + 32;
        const { buffer } = allocateKernelMemory(bytes);
        // The end of the memory holds its own bookkeeping.
        const expected = new Uint8Array(buffer).slice().buffer;
        const { source, target } = blocksIn(buffer, region);
        const twin = blocksIn(expected, region);
        expect(averageByKernel(source, target, targetBox, factors)).toBe(true);
        downsampleRegionTwin('average', twin.source, twin.target, targetBox, factors);
        expect(Buffer.from(buffer).equals(Buffer.from(expected))).toBe(true);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it.each<[DataType, readonly number[], Vec3, number]>([
    ['uint8', [1, 0, 1, 0], [2, 2, 1], 0],
    ['uint8', [1, 1, 1, 0], [2, 2, 1], 1],
    ['uint8', [1, 2, 1, 2], [2, 2, 1], 2],
    ['uint8', [255, 255, 255, 255], [2, 2, 1], 255],
    ['int8', [-1, -2, -1, -2], [2, 2, 1], -2],
    ['int16', [-32768, -32768, -32768, -32768], [2, 2, 1], -32768],
    ['uint16', [65535, 65534, 65535, 65534], [2, 2, 1], 65534],
    ['uint32', [4294967295, 4294967295, 4294967295, 4294967294], [2, 2, 1], 4294967295],
    ['int32', [-2147483648, 2147483647, 0, 0], [2, 2, 1], 0],
    ['float32', [3.4028234663852886e38, 3.4028234663852886e38, 0, 0], [2, 2, 1], 1.7014117331926443e38],
    ['float32', [NaN, 1, 2, 3], [2, 2, 1], NaN],
    ['float32', [-0, -0, -0, -0], [2, 2, 1], 0],
  ])('%s %o by %o gives %d', (type, voxels, factors, mean) => {
    const source = { box: boxOfShape([2, 2, 1]), channels: 1, data: randomVoxels(type, 4) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: randomVoxels(type, 1) };
    voxels.forEach((voxel, i) => (source.data[i] = voxel));
    averageByKernel(source, target, target.box, factors);
    expect(target.data[0]).toBe(mean);
  });

  it.each<[DataType, Vec3]>([
    ...DATA_TYPES.filter((type) => !TYPES.includes(type)).map((type): [DataType, Vec3] => [type, [2, 2, 2]]),
    ['uint8', [3, 1, 1]],
  ])('leaves %s voxels by %s to others', (type, factors) => {
    const source = { box: boxOfShape([2, 2, 2]), channels: 1, data: randomVoxels(type, 8) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: randomVoxels(type, 1) };
    expect(averageByKernel(source, target, target.box, factors)).toBe(false);
  });
});

describe('the copying kernel', () => {
  it('copies what copyBox does within one memory, and leaves all other bytes alone', () => {
    fc.assert(
      fc.property(regionsOf(TYPES), (region) => {
        const room = region.box;
        const box = { min: room.min, max: vec3((i) => Math.max(room.min[i] + 1, room.max[i] - i)) };
        const { buffer } = allocateKernelMemory(2 ** 16);
        const { source, target } = blocksIn(buffer, { ...region, room });
        const twin = blocksIn(new Uint8Array(buffer).slice().buffer, { ...region, room });
        expect(copyByKernel(source, target, box)).toBe(true);
        copyBox(twin.source, twin.target, box);
        expect(Buffer.from(buffer).equals(Buffer.from(twin.target.data.buffer))).toBe(true);
      }),
      { seed: 9, numRuns: 200 },
    );
  });
});

describe('copying short rows', () => {
  it('copies from elsewhere what copyBox does, and leaves all other bytes outside of the scratch alone', () => {
    fc.assert(
      fc.property(regionsOf(TYPES), fc.nat(7), fc.boolean(), (region, shift, hasScratch) => {
        const room = region.box;
        const box = { min: room.min, max: vec3((i) => Math.max(room.min[i] + 1, room.max[i] - i)) };
        const { buffer } = allocateKernelMemory(2 ** 16, hasScratch ? 1 : 0);
        const { source, target } = blocksIn(buffer, { ...region, room });
        const before = new Uint8Array(buffer).slice(0, 2 ** 16);
        const twin = blocksIn(before.slice().buffer, { ...region, room });
        const { data } = source;
        const elsewhere = new Uint8Array(data.byteLength + 64);
        const start = shift * data.BYTES_PER_ELEMENT;
        elsewhere.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
        const moved = voxelView(dataTypeOf(data), elsewhere.buffer, start, data.length);
        copyShortRows({ ...source, data: moved }, target, box);
        copyBox(twin.source, twin.target, box);
        const after = new Uint8Array(buffer).slice(0, 2 ** 16);
        expect(Buffer.from(after).equals(Buffer.from(twin.target.data.buffer))).toBe(true);
      }),
      { seed: 10, numRuns: 200 },
    );
  });
});

describe('the plain average', () => {
  it('equals the twin where the kernel would be used', () => {
    fc.assert(
      fc.property(regionsOf(TYPES), (region) => {
        const { targetBox, factors } = region;
        const { source, target } = blocksIn(new ArrayBuffer(2 ** 16), region);
        const twin = blocksIn(new ArrayBuffer(2 ** 16), region);
        averageWindows(source.data, target.data, windowGrid(source, target, targetBox, factors));
        downsampleRegionTwin('average', source, twin.target, targetBox, factors);
        expect(Buffer.from(target.data.buffer).equals(Buffer.from(twin.target.data.buffer))).toBe(true);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});
