import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { boxOfShape, boxShape } from '../../../src/shared/base/box';
import { DATA_TYPES, bytesPerVoxel, type DataType } from '../../../src/shared/base/data-type';
import { ceilDivide3, product3, type Vec3 } from '../../../src/shared/base/vec3';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { majorityWindows } from '../../../src/shared/kernels/downsample-majority';
import {
  adoptKernelMemory,
  allocateKernelMemory,
  type KernelMemory,
} from '../../../src/shared/base/kernel-memory';
import { majorityByKernel } from '../../../src/shared/kernels/majority-kernel';
import { windowGrid } from '../../../src/shared/kernels/window-grid';
import { downsampleRegionTwin } from './downsample-twin';
import { randomVoxels } from './random-voxels';
import { blocksIn, regionsOf } from './window-regions';

const UNSIGNED: readonly DataType[] = ['uint8', 'uint16', 'uint32', 'uint64'];
const regions = regionsOf(UNSIGNED);

describe('the kernel of the majority', () => {
  it('equals the twin within one memory, and leaves all other bytes alone', () => {
    fc.assert(
      fc.property(regions, (region) => {
        const { type, box, room, targetBox, factors, ignoreBackground } = region;
        const bytes = (product3(boxShape(box)) + product3(boxShape(room)) + 4) * bytesPerVoxel(type) + 32;
        const { buffer } = allocateKernelMemory(bytes);
        // The end of the memory holds its own bookkeeping.
        const expected = new Uint8Array(buffer).slice().buffer;
        const { source, target } = blocksIn(buffer, region);
        const twin = blocksIn(expected, region);
        expect(majorityByKernel(source, target, targetBox, factors, ignoreBackground)).toBe(true);
        downsampleRegionTwin('majority', twin.source, twin.target, targetBox, factors, { ignoreBackground });
        expect(Buffer.from(buffer).equals(Buffer.from(expected))).toBe(true);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('copies where both blocks lie in one other buffer', () => {
    const voxels = BigUint64Array.of(7n, 6n, 7n, 5n, 0n);
    const source = { box: boxOfShape([2, 2, 1]), channels: 1, data: voxels.subarray(0, 4) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: voxels.subarray(4) };
    expect(majorityByKernel(source, target, target.box, [2, 2, 1], false)).toBe(true);
    expect(voxels).toEqual(BigUint64Array.of(7n, 6n, 7n, 5n, 7n));
  });

  it.each(UNSIGNED)('takes %s voxels', (type) => {
    const source = { box: boxOfShape([2, 2, 2]), channels: 1, data: randomVoxels(type, 8) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: randomVoxels(type, 1) };
    expect(majorityByKernel(source, target, target.box, [2, 2, 2], false)).toBe(true);
  });

  it.each<[DataType, Vec3]>([
    ...DATA_TYPES.filter((type) => !UNSIGNED.includes(type)).map((type): [DataType, Vec3] => [
      type,
      [2, 2, 2],
    ]),
    ['uint8', [3, 1, 1]],
    ['uint64', [2, 2, 4]],
  ])('leaves %s voxels by %s to others', (type, factors) => {
    const source = { box: boxOfShape([2, 2, 2]), channels: 1, data: randomVoxels(type, 8) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: randomVoxels(type, 1) };
    expect(majorityByKernel(source, target, target.box, factors, false)).toBe(false);
  });

  it('goes through wide blocks in portions', () => {
    const shape: Vec3 = [20_011, 5, 3];
    const data = randomVoxels('uint64', product3(shape), { labels: 9, runs: 3 });
    const source = { box: boxOfShape(shape), channels: 1, data };
    const box = boxOfShape(ceilDivide3(shape, [2, 2, 2]));
    const [target, expected] = [0, 1].map(() => ({
      box,
      channels: 1,
      data: new BigUint64Array(product3(box.max)),
    })) as [VolumeBlock, VolumeBlock];
    majorityByKernel(source, target, box, [2, 2, 2], false);
    downsampleRegionTwin('majority', source, expected, box, [2, 2, 2]);
    expect(target.data.every((voxel, i) => voxel === expected.data[i])).toBe(true);
  });
});

describe('the plain majority', () => {
  it('equals the twin where the kernel would be used', () => {
    fc.assert(
      fc.property(regions, (region) => {
        const { targetBox, factors, ignoreBackground } = region;
        const { source, target } = blocksIn(new ArrayBuffer(2 ** 16), region);
        const twin = blocksIn(new ArrayBuffer(2 ** 16), region);
        const grid = windowGrid(source, target, targetBox, factors);
        majorityWindows(source.data, target.data, grid, ignoreBackground);
        downsampleRegionTwin('majority', source, twin.target, targetBox, factors, { ignoreBackground });
        expect(Buffer.from(target.data.buffer).equals(Buffer.from(twin.target.data.buffer))).toBe(true);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('the memory of kernels', () => {
  const reduceIn = ({ buffer }: KernelMemory): bigint | undefined => {
    const source = { box: boxOfShape([2, 2, 1]), channels: 1, data: new BigUint64Array(buffer, 0, 4) };
    const target = { box: boxOfShape([1, 1, 1]), channels: 1, data: new BigUint64Array(buffer, 32, 1) };
    majorityByKernel(source, target, target.box, [2, 2, 1], false);
    return target.data[0];
  };

  it('can be posted to other threads', () => {
    const memory = allocateKernelMemory(40);
    new BigUint64Array(memory.buffer).set([7n, 6n, 7n, 5n]);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(memory);
    const posted = (receiveMessageOnPort(port2) as { message: KernelMemory }).message;
    port1.close();
    adoptKernelMemory(posted);
    expect(reduceIn(posted)).toBe(7n);
    expect(new BigUint64Array(memory.buffer)[4]).toBe(7n);
  });

  it('is an ordinary buffer where there is too much of it', () => {
    expect(allocateKernelMemory(64).buffer.byteLength).toBeGreaterThanOrEqual(64);
    expect(() => allocateKernelMemory(2 ** 60)).toThrow(RangeError);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('is one where there is no WebAssembly, and the majority is taken without', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const kernels = await import('../../../src/shared/base/kernel-memory');
    const { downsample } = await import('../../../src/shared/kernels/downsample');
    const { buffer } = kernels.allocateKernelMemory(40);
    expect(buffer.byteLength).toBe(40);
    new BigUint64Array(buffer).set([7n, 6n, 7n, 5n]);
    const output = new BigUint64Array(1);
    downsample('majority', new BigUint64Array(buffer, 0, 4), [2, 2, 1], 1, [2, 2, 1], output);
    expect(output[0]).toBe(7n);
    expect(kernels.kernelMemoryOf(buffer)).toBeUndefined();
  });
});
