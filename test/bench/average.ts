import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxOfShape } from '../../src/shared/base/box';
import { bytesPerVoxel, voxelView } from '../../src/shared/base/data-type';
import { allocateKernelMemory } from '../../src/shared/base/kernel-memory';
import { ceilDivide3, product3, type Vec3 } from '../../src/shared/base/vec3';
import { downsample } from '../../src/shared/kernels/downsample';
import { averageWindows } from '../../src/shared/kernels/downsample-average';
import { windowGrid } from '../../src/shared/kernels/window-grid';
import { timed, type Benchmark, type BenchmarkCase, type BenchmarkOptions, type Contender } from './harness';
import { smoothSlices, type GreyType } from './image-data';
import { PythonPeer } from './peer';

const SHAPE: Vec3 = [1024, 1024, 64];
const FACTORS: readonly Vec3[] = [
  [2, 2, 1],
  [2, 2, 2],
];
const TYPES: readonly GreyType[] = ['uint8', 'uint16', 'float32'];

/** Means of windows of grey values, on one thread. */
export const averageBenchmark: Benchmark = {
  name: 'average',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const peer = peers
      ? await PythonPeer.start('average-volume.py', ['tensorstore', 'tinybrain', 'numpy'])
      : undefined;
    try {
      for (const type of TYPES) {
        for (const factors of FACTORS) yield await averageCase(type, factors, peer, join(folder, type));
      }
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};

async function averageCase(
  type: GreyType,
  factors: Vec3,
  peer: PythonPeer | undefined,
  path: string,
): Promise<BenchmarkCase> {
  const length = product3(SHAPE);
  const outputShape = ceilDivide3(SHAPE, factors);
  const outputBytes = product3(outputShape) * bytesPerVoxel(type);
  const { buffer } = allocateKernelMemory(length * bytesPerVoxel(type) + outputBytes);
  const input = voxelView(type, buffer, 0, length);
  let at = 0;
  for (const slice of smoothSlices(SHAPE, type)) {
    (input as Float32Array).set(slice, at);
    at += slice.length;
  }
  await writeFile(path, input);
  const output = voxelView(type, buffer, input.byteLength, product3(outputShape));
  const source = { box: boxOfShape(SHAPE), channels: 1, data: input };
  const target = { box: boxOfShape(outputShape), channels: 1, data: output };
  const contenders: Contender[] = [
    {
      name: 'ours',
      run: () =>
        timed(() => {
          downsample('average', input, SHAPE, 1, factors, output);
        }),
    },
    {
      name: 'window by window, in JavaScript',
      run: () =>
        timed(() => {
          averageWindows(input, output, windowGrid(source, target, target.box, factors));
        }),
    },
  ];
  if (peer !== undefined) {
    for (const [by, name] of [
      ['tensorstore', 'tensorstore (C++)'],
      ['tinybrain', 'tinybrain (C++), which cuts integers off'],
    ] as const) {
      const request = { by, path, shape: SHAPE, factors, type };
      contenders.push({ name, run: () => peer.measured(request) });
    }
  }
  return {
    work: `average ${factors.join(' × ')}`,
    data: `smooth ${type}, ${SHAPE.join(' × ')}`,
    amount: length / 1e6,
    unit: 'Mvoxel',
    contenders,
  };
}
