import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planMeshJob, runMeshJob } from '../../../../src/main/engine/job/mesh-job';
import { openSource } from '../../../../src/main/sources/registry';
import { parseMeshSpec } from '../../../../src/shared/api/job-spec';
import { boxVolume } from '../../../../src/shared/base/box';
import { indexSoup } from '../../../../src/shared/kernels/triangle-soup';
import { convertVolume, WORKER_FILE, type Flags } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { MeshFolder } from '../../../mesh-reader';
import { sharedData } from '../../../shared-data';
import { edgeFaults, enclosedVolume } from '../../../shared/kernels/mesh-checks';
import { hashTree } from '../../../tree-hash';

/** A part of the stack in which many processes meet: large enough for several blocks, small enough for a test. */
const PART = { min: [0, 300, 100], max: [66, 366, 136] } as const;
const STEPS = 2 ** 16 - 1;

const stack = sharedData('em-stack');

describe.skipIf(stack === undefined)('meshes of real tissue', () => {
  let folder: string;
  let unmeshed: string;
  let reference: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-test-'));
    const source = await openSource(stack ?? '', { kind: 'segmentation', gaps: 'refuse' });
    const part = { box: PART, channels: 1, data: new BigUint64Array(boxVolume(PART)) };
    await source.read(PART, part);
    await source.close();
    const slices = join(folder, 'slices');
    await writeTiffStack(slices, { ...part, box: { min: [0, 0, 0], max: [66, 66, 36] } });
    unmeshed = join(folder, 'dataset');
    await convertVolume(slices, unmeshed, { resolution: '16,16,40', voxelOffset: PART.min.join() });
    reference = await mesh({ meshBlock: '128', workers: 1 });
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function copy(): Promise<string> {
    const dataset = join(await mkdtemp(join(folder, 'copy-')), 'dataset');
    await cp(unmeshed, dataset, { recursive: true });
    return dataset;
  }

  /**
   * Meshes a copy of the dataset. If `stopAfter` is given, the job stops after that many tasks and is then resumed.
   */
  async function mesh(flags: Flags, stopAfter?: number): Promise<string> {
    const dataset = await copy();
    const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, meshError: '20', ...flags }));
    const run = (resume: boolean, stop: AbortController, tasks: number) => {
      let done = 0;
      return runMeshJob(plan, {
        resume,
        overwrite: false,
        workerFile: WORKER_FILE,
        signal: stop.signal,
        emit: ({ event }) => {
          if (event === 'task-done' && ++done === tasks) stop.abort();
        },
      });
    };
    if (stopAfter !== undefined) {
      await expect(run(false, new AbortController(), stopAfter)).rejects.toMatchObject({ tag: 'cancelled' });
    }
    await run(stopAfter !== undefined, new AbortController(), Infinity);
    return dataset;
  }

  test.each([
    [{ meshBlock: '32', workers: 2 }, 9],
    [{ meshBlock: '64', workers: 1 }, 4],
  ])('are the same bytes with %o, stopped after %s tasks', async (flags, stopAfter) => {
    // The provenance is left out, as it names the options.
    const meshes = join(await mesh(flags, stopAfter), 'mesh');
    expect(await hashTree(meshes)).toBe(await hashTree(join(reference, 'mesh')));
  });

  test('are closed manifolds at the finest level', async () => {
    const meshes = await MeshFolder.open(join(reference, 'mesh'));
    const ids = (await labels(reference)).map(BigInt);
    expect(ids.length).toBeGreaterThan(20);
    for (const id of ids) {
      const found = await meshes.multilod(id);
      const corners = (found?.levels[0]?.fragments ?? []).flatMap(({ position, mesh: part }) =>
        Array.from(part.triangles).flatMap((vertex) =>
          [0, 1, 2].map((i) => Number(part.positions[3 * vertex + i]) + Number(position[i]) * STEPS),
        ),
      );
      const surface = indexSoup(Int32Array.from(corners));
      expect([id, edgeFaults(surface)]).toEqual([id, { open: [], double: [] }]);
      expect(enclosedVolume(surface)).toBeGreaterThan(0);
    }
  });
});

async function labels(dataset: string): Promise<readonly string[]> {
  const info = JSON.parse(await readFile(join(dataset, 'segment_properties', 'info'), 'utf8')) as {
    readonly inline: { readonly ids: readonly string[] };
  };
  return info.inline.ids;
}
