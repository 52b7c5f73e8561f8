import { resolve } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { expect, onTestFinished } from 'vitest';
import { DatasetMounts } from '../../../src/main/studio/dataset-mounts';
import { createRouter } from '../../../src/main/studio/router';
import type { SecretCipher } from '../../../src/main/studio/secret-store';
import { Studio } from '../../../src/main/studio/studio';
import type { Job } from '../../../src/shared/api/job-types';

/**
 * Starts a studio with the built job and worker, which runs until the test ends.
 * @param home where it keeps its settings; the same for a second start of the same studio
 * @param folder the only folder that it may use
 */
export async function startStudio(home: string, folder: string, cipher?: SecretCipher) {
  const studio = await Studio.start({
    host: 'browser',
    dataFolder: home,
    allowed: [folder],
    jobFile: resolve('out/main/job.js'),
    workerFile: resolve('out/main/worker.js'),
    mounts: new DatasetMounts(),
    ...(cipher === undefined ? {} : { desktop: { cipher } }),
  });
  onTestFinished(() => studio.close());
  const client = createRouterClient(createRouter(studio));
  const job = (id: string): Job | undefined => studio.jobs.list().find((each) => each.id === id);
  const ended = async (id: string): Promise<Job | undefined> => {
    await expect.poll(() => job(id)?.finishedMs).toBeDefined();
    return job(id);
  };
  return { studio, client, job, ended };
}
