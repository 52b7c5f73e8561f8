import { boxOfShape } from '../../src/shared/base/box';
import type { Vec3 } from '../../src/shared/base/vec3';
import { allocateKernelMemory } from '../../src/shared/base/kernel-memory';
import { LabelStatistics } from '../../src/shared/kernels/label-statistics';
import { labelVolumes } from './data';
import { timed, type Benchmark, type BenchmarkCase } from './harness';

const SHAPE: Vec3 = [512, 512, 128];

/** Voxel counts and bounding boxes of all labels of a volume, on one thread. */
export const labelStatisticsBenchmark: Benchmark = {
  name: 'label-statistics',
  async *cases(): AsyncGenerator<BenchmarkCase> {
    for await (const { name, shape, labels } of labelVolumes(SHAPE)) {
      // Labels are in a kernel memory, as in the engine.
      const data = new BigUint64Array(allocateKernelMemory(labels.byteLength, 1).buffer, 0, labels.length);
      data.set(labels);
      const block = { box: boxOfShape(shape), channels: 1, data };
      const count = (): void => {
        new LabelStatistics().accumulate(block, block.box);
      };
      yield {
        work: 'counts and boxes of labels',
        data: `${name}, ${shape.join(' × ')}`,
        amount: labels.length / 1e6,
        unit: 'Mvoxel',
        contenders: [{ name: 'ours', run: () => timed(count) }],
      };
    }
  },
};
