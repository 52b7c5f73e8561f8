import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planMeshJob, runMeshJob } from '../../../src/main/engine/mesh-job';
import { meshFolders } from '../../../src/main/engine/mesh-stages';
import { parseMeshSpec } from '../../../src/shared/api/job-spec';
import { WORKER_FILE } from '../../convert-volume';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { randomWords } from '../../random';
import { temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

/** Meshes a sponge, a third of whose voxels are there by chance. */
async function meshSponge(surfaceBytes: number | undefined) {
  const dataset = join(await temporaryFolder(), 'dataset');
  const random = randomWords(3);
  await writeSmallDataset(dataset, [26, 24, 22], () => (random() % 3 === 0 ? 7n : 0n));
  const plan = await planMeshJob(parseMeshSpec({ kind: 'mesh', dataset, workers: 2 }));
  const resources = { ...plan.resources, ...(surfaceBytes === undefined ? {} : { surfaceBytes }) };
  const { scratch } = meshFolders(dataset);
  let hasSpilled = false;
  const watch = setInterval(() => {
    hasSpilled ||= existsSync(join(scratch, 'surfaces-0'));
  }, 5);
  try {
    await runMeshJob(
      { ...plan, resources },
      {
        resume: false,
        overwrite: false,
        workerFile: WORKER_FILE,
        signal: new AbortController().signal,
        emit: () => undefined,
      },
    );
  } finally {
    clearInterval(watch);
  }
  return { hash: await hashTree(join(dataset, 'mesh')), hasSpilled };
}

test('a surface that has no room in memory is spilled, and gives the same bytes', async () => {
  const inMemory = await meshSponge(undefined);
  expect(inMemory.hasSpilled).toBe(false);
  const spilled = await meshSponge(16 * 1024);
  expect(spilled).toEqual({ hash: inMemory.hash, hasSpilled: true });
});
