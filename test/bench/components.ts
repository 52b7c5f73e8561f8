import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxOfShape } from '../../src/shared/base/box';
import type { Vec3 } from '../../src/shared/base/vec3';
import { componentsIn } from '../../src/shared/kernels/component-finder';
import { labelVolumes } from './data';
import { timed, type Benchmark, type BenchmarkCase, type BenchmarkOptions, type Contender } from './harness';
import { PythonPeer } from './peer';

const SHAPE: Vec3 = [512, 512, 128];

/** The connected components of a volume with 26 neighbours, on one thread. */
export const componentsBenchmark: Benchmark = {
  name: 'components',
  async *cases({ peers }: BenchmarkOptions): AsyncGenerator<BenchmarkCase> {
    const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-bench-'));
    const packages = ['connected-components-3d==4.1.1', 'numpy'];
    const peer = peers ? await PythonPeer.start('cc3d-components.py', packages) : undefined;
    try {
      for await (const { name, shape, labels } of labelVolumes(SHAPE)) {
        const block = { box: boxOfShape(shape), channels: 1, data: labels };
        const find = (): void => {
          componentsIn(block, block.box, 26);
        };
        const contenders: Contender[] = [{ name: 'ours', run: () => timed(find) }];
        if (peer !== undefined) {
          const path = join(folder, name);
          await writeFile(path, labels);
          contenders.push({ name: 'cc3d (C++)', run: () => peer.measured({ path, shape }) });
        }
        yield {
          work: 'connected components, 26 neighbours',
          data: `${name}, ${shape.join(' × ')}`,
          amount: labels.length / 1e6,
          unit: 'Mvoxel',
          contenders,
        };
      }
    } finally {
      peer?.stop();
      await rm(folder, { recursive: true });
    }
  },
};
