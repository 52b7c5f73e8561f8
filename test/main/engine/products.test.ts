import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { JobEvent } from '../../../src/shared/api/job-events';
import { parseConvertSpec, sourceOptionsSchema } from '../../../src/shared/api/job-spec';
import { planConversion } from '../../../src/main/engine/job/conversion-plan';
import { runConversion } from '../../../src/main/engine/job/convert-job';
import { DatasetJob } from '../../../src/main/engine/job/dataset-job';
import { PRODUCTS } from '../../../src/main/engine/products';
import { Journal } from '../../../src/main/engine/run/journal';
import { planMemory } from '../../../src/main/engine/run/memory-budget';
import { completeJob } from '../../../src/main/engine/run/run-job';
import { runTask } from '../../../src/main/engine/run/run-stages';
import { WorkerPool } from '../../../src/main/engine/run/worker-pool';
import type { VerifyReport } from '../../../src/main/engine/dataset/verify-report';
import { verifyDataset } from '../../../src/main/engine/verify-dataset';
import { convertVolume, WORKER_FILE } from '../../convert-volume';
import { TOY } from '../../fixtures/toy-product';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { meshDataset } from '../../mesh-dataset';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const input = join(sharedTemporaryFolder(), 'stack');
const WITH_TOY = [...PRODUCTS, TOY];
const { signal } = new AbortController();

beforeAll(() => writeTiffStack(input, labelVolume('uint32', [40, 36, 20])));

function verify(dataset: string, products = PRODUCTS): Promise<VerifyReport> {
  const sourceOptions = sourceOptionsSchema.parse({});
  return verifyDataset({ dataset, sourceOptions, workers: 1, workerFile: WORKER_FILE, signal }, products);
}

describe('a product that is added to the list', () => {
  async function convert(output: string, mode: object = {}, stopAfter = Infinity): Promise<void> {
    const options = { kind: 'convert', input, output, resolution: '8,8,8', workers: 1, mesh: 'none' };
    const plan = await planConversion(parseConvertSpec(options), { wanted: WITH_TOY });
    const stop = new AbortController();
    let done = 0;
    const emit = ({ event }: JobEvent): void => {
      if (event === 'task-done' && ++done === stopAfter) stop.abort();
    };
    const run = { resume: false, overwrite: false, workerFile: WORKER_FILE, signal: stop.signal, emit };
    await runConversion(plan, { ...run, ...mode });
  }

  async function textOf(dataset: string, name: string): Promise<unknown> {
    return JSON.parse(await readFile(join(dataset, name), 'utf8')) as unknown;
  }

  test('is planned, made, named in info and provenance, verified, resumed and replaced', async () => {
    const output = join(await temporaryFolder(), 'dataset');
    await convert(output);
    expect(await textOf(output, 'toy.json')).toEqual({ sum: 6 });
    expect(await textOf(output, 'info')).toMatchObject({ toy: 'toy.json', type: 'segmentation' });
    expect(await textOf(output, 'provenance')).toMatchObject({ processing: [{ method: { toyParts: 3 } }] });
    const whole = await hashTree(output);
    const report = await verify(output, WITH_TOY);
    expect(report.ok).toBe(true);
    expect(report.products.map(({ product }) => product)).toContain('toy');

    await writeFile(join(output, 'toy.json'), 'broken');
    expect(await verify(output, WITH_TOY)).toMatchObject({ ok: false, problems: ['toy.json holds broken'] });
    await expect(convert(output, { overwrite: true }, 2)).rejects.toMatchObject({ tag: 'cancelled' });
    await convert(output, { resume: true });
    expect(await hashTree(output)).toBe(whole);
  });
});

test('every task of a job, and its end, can be done by a process that is given only its folder', async () => {
  const [whole, output] = [join(await temporaryFolder(), 'whole'), join(await temporaryFolder(), 'dataset')];
  const flags = { mesh: 'multilod', components: '26', chunkSize: '16', scales: '3', meshBlock: '32' };
  await convertVolume(input, whole, flags);
  const stop = new AbortController();
  const emit = ({ event }: JobEvent): void => {
    if (event === 'started') stop.abort();
  };
  const begun = convertVolume(input, output, flags, { signal: stop.signal, emit });
  await expect(begun).rejects.toMatchObject({ tag: 'cancelled' });

  const pool = new WorkerPool({ workerFile: WORKER_FILE, workers: 1 });
  const read = async (): Promise<DatasetJob> => {
    const { perWorkerBytes, memoryBytes } = await Journal.readRecord(output);
    const memory = planMemory({ memoryBytes, workers: 1, perWorkerBytes, minimumBlockBytes: 0 });
    return DatasetJob.read(output, memory, () => undefined);
  };
  try {
    const stages = (await read()).stages().map(({ name, taskCount }) => ({ name, taskCount }));
    expect(stages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['components', 'component-ids', 'volume', 'mesh-blocks', 'mesh-labels']),
    );
    for (const [index, { taskCount }] of stages.entries()) {
      for (let task = taskCount - 1; task >= 0; task--) {
        const stage = (await read()).stages()[index];
        if (stage === undefined) throw new Error('the job has lost a stage');
        const journal = await Journal.resume(output);
        if (!journal.isDone(stage.name, task)) {
          await runTask(stage, task, journal, { pool, signal, report: () => undefined });
        }
        await journal.release();
      }
    }
    const [job, journal] = [await read(), await Journal.resume(output)];
    await completeJob(
      journal,
      async () => (await job.finish()).info,
      () => undefined,
    );
  } finally {
    await pool.close();
  }
  expect(await hashTree(output)).toBe(await hashTree(whole));
});

test('verify asks every product', async () => {
  const dataset = join(await temporaryFolder(), 'dataset');
  await convertVolume(input, dataset);
  await meshDataset(dataset, {});
  const { ok, products } = await verify(dataset);
  expect(ok).toBe(true);
  expect(products.map(({ product }) => product)).toEqual(['volume', 'meshes', 'segments', 'provenance']);
});
