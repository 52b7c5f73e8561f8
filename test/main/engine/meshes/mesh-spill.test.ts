import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planMeshJob, runMeshJob } from '../../../../src/main/engine/job/mesh-job';
import { LEAST_SURFACE_BYTES, meshFolders } from '../../../../src/main/engine/meshes/mesh-stages';
import { parseMeshSpec } from '../../../../src/shared/api/job-spec';
import { WORKER_FILE } from '../../../convert-volume';
import { writeSmallDataset } from '../../../fixtures/small-dataset';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';
import { hashTree } from '../../../tree-hash';

interface Sponge {
  /** Memory for its surface; by default the least that is possible. */
  readonly surfaceBytes?: number;
  /** Whether it can spill to a file, which is the default. Otherwise something blocks the file. */
  readonly canSpill?: boolean;
}

/** Meshes a sponge in which a random third of the voxels is filled, and returns a hash of the written files. */
async function meshSponge({
  canSpill = true,
  surfaceBytes = LEAST_SURFACE_BYTES,
}: Sponge = {}): Promise<string> {
  const dataset = join(await temporaryFolder(), 'dataset');
  const random = randomWords(3);
  await writeSmallDataset(dataset, [26, 24, 22], () => (random() % 3 === 0 ? 7n : 0n));
  const workers = 2;
  const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, workers }));
  const { scratch } = meshFolders(dataset, dataset);
  await runMeshJob(
    {
      ...plan,
      memory: { ...plan.memory, workers, blockBytes: 2 * workers * (surfaceBytes - LEAST_SURFACE_BYTES) },
    },
    {
      resume: false,
      overwrite: false,
      workerFile: WORKER_FILE,
      signal: new AbortController().signal,
      emit: ({ event }) => {
        if (event !== 'started' || canSpill) return;
        mkdirSync(scratch, { recursive: true });
        writeFileSync(join(scratch, 'surfaces'), 'no folder');
      },
    },
  );
  return hashTree(join(dataset, 'mesh'));
}

test('a surface that has no room in memory is spilled, and gives the same bytes', async () => {
  const inMemory = await meshSponge({ canSpill: false });
  const surfaceBytes = 16 * 1024;
  await expect(meshSponge({ surfaceBytes, canSpill: false })).rejects.toThrow('surfaces');
  expect(await meshSponge({ surfaceBytes })).toBe(inMemory);
});
