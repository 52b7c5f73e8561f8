import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { verifyDataset } from '../../../src/main/engine/verify-dataset';
import type { VerifyReport } from '../../../src/main/engine/dataset/verify-report';
import { startDatasetServer } from '../../../src/main/server/dataset-server';
import { sourceOptionsSchema } from '../../../src/shared/api/job-spec';
import { convertVolume, WORKER_FILE } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { runCli } from '../../run-cli';
import { sharedTemporaryFolder } from '../../temporary-folder';

const folder = sharedTemporaryFolder();
const [stack, dataset] = [join(folder, 'stack'), join(folder, 'dataset')];

beforeAll(async () => {
  await writeTiffStack(stack, labelVolume('uint64', [67, 41, 35]));
  await convertVolume(stack, dataset, { chunkSize: '32', scales: '2' });
});

async function serve(): Promise<string> {
  const server = await startDatasetServer({ root: folder });
  onTestFinished(() => server.close());
  return server.url;
}

function verify(address: string, against?: string): Promise<VerifyReport> {
  return verifyDataset({
    dataset: address,
    ...(against === undefined ? {} : { against }),
    sourceOptions: sourceOptionsSchema.parse({}),
    workers: 2,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
  });
}

test('a dataset at an address is verified there, against slices at an address too', async () => {
  const url = await serve();
  const report = await verify(`${url}/dataset/`, `${url}/stack/slice-{000..034}.tif`);
  expect([report.ok, report.dataset]).toEqual([true, `${url}/dataset`]);
  expect(report.scales.map(({ comparedWith, differentVoxels }) => [comparedWith, differentVoxels])).toEqual([
    ['the input', 0],
    ['the scale before', 0],
  ]);
  const [chunk = ''] = await readdir(join(dataset, '8_8_8'));
  await rm(join(dataset, '8_8_8', chunk));
  const lacking = await verify(`${url}/dataset`);
  expect([lacking.ok, lacking.scales[0]?.missingChunks]).toEqual([false, 1]);
});

test('commands take the addresses that they can read, and refuse others by name', async () => {
  const url = await serve();
  const info = await runCli(['info', `${url}/dataset`]);
  expect([info.code, info.stdout]).toEqual([0, expect.stringContaining('67 × 41 × 35')]);
  for (const args of [
    ['verify', 'ftp://example.org/dataset'],
    ['mesh', `${url}/dataset`],
    ['link', `${url}/dataset`, '--url', url],
    ['publish', `${url}/dataset`, 's3://bucket/x'],
    ['convert', stack, `${url}/out`],
    ['convert', stack, 'ftp://example.org/out'],
  ]) {
    const { code, stderr } = await runCli(args);
    expect([args[0], code, /address|can't be written/.test(stderr)]).toEqual([args[0], 2, true]);
  }
});
