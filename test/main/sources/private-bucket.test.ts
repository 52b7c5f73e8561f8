import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { verifyDataset } from '../../../src/main/engine/verify-dataset';
import { ROOT_FILES } from '../../../src/main/engine/root-files';
import { RemoteOutput } from '../../../src/main/engine/run/remote-output';
import { S3Place } from '../../../src/main/places/s3/s3-place';
import { openSource } from '../../../src/main/sources/registry';
import { sourceOptionsSchema } from '../../../src/shared/api/job-spec';
import { convertVolume, WORKER_FILE, type Flags } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { describeWith } from '../../real-tool';
import { startS3, useCredentials } from '../../s3-server';
import { temporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const BUCKET = 'private-bucket';
const AGAIN: Flags = { chunkSize: '16', scales: '1' };

async function convertInto(endpoint: string, input: string, flags: Flags): Promise<void> {
  const access = { region: undefined, endpoint, pathStyle: true, profile: undefined };
  const place = new S3Place({ bucket: BUCKET, prefix: 'data/labels', ...access, createBucket: true });
  const remote = new RemoteOutput(place, ROOT_FILES, new AbortController().signal);
  onTestFinished(() => remote.close());
  await remote.prepare();
  await convertVolume(input, await temporaryFolder(), flags, { remote });
}

async function hashOfConversion(input: string): Promise<string> {
  const output = join(await temporaryFolder(), 'made');
  await convertVolume(input, output, AGAIN);
  await rm(join(output, 'provenance'));
  return hashTree(output);
}

describeWith(
  'versitygw',
  'a precomputed volume in a private bucket',
  () => {
    test.each([
      ['files', { chunkSize: '32', scales: '2' }],
      ['shards', { chunkSize: '32', scales: '2', sharding: 'always' }],
    ])('is an input with credentials, its chunks in %s, and refused without', async (_, flags) => {
      const { endpoint } = await startS3('versitygw');
      const stack = join(await temporaryFolder(), 'stack');
      await writeTiffStack(stack, labelVolume('uint64', [53, 37, 41]));
      await convertInto(endpoint, stack, flags);
      vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
      const address = `s3://${BUCKET}/data/labels`;
      const wanted = await hashOfConversion(stack);
      expect(await hashOfConversion(address)).toBe(wanted);
      expect(await hashOfConversion(`precomputed://${address}/info`)).toBe(wanted);
      const verified = await verifyDataset({
        dataset: address,
        against: stack,
        sourceOptions: sourceOptionsSchema.parse({}),
        workers: 1,
        workerFile: WORKER_FILE,
        signal: new AbortController().signal,
      });
      const compared = verified.scales.map(({ comparedWith }) => comparedWith);
      expect([verified.ok, verified.dataset, compared]).toEqual([
        true,
        address,
        ['the input', 'the scale before'],
      ]);
      useCredentials({ AWS_ENDPOINT_URL_S3: endpoint });
      await expect(openSource(address)).rejects.toMatchObject({
        message: `Can't read ${address}/info: it is not public, and there are no credentials.`,
        remedy: expect.stringContaining('AWS_ACCESS_KEY_ID') as string,
      });
    });
  },
  true,
);
