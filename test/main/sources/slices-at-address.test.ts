import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startDatasetServer } from '../../../src/main/server/dataset-server';
import { openSource } from '../../../src/main/sources/registry';
import { convertVolume } from '../../convert-volume';
import { startFaultyProxy } from '../../faulty-proxy';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { labelVolume } from '../../fixtures/volumes';
import { describeWith } from '../../real-tool';
import { startS3 } from '../../s3-server';
import { sharedTemporaryFolder } from '../../temporary-folder';
import { hashTree } from '../../tree-hash';

const FLAGS = { chunkSize: '32', scales: '2', layout: 'plain' };
/** These servers are built with Go, which is not installed everywhere. */
const OPTIONAL = true;

const shared = sharedTemporaryFolder();
const stack = join(shared, 'stack');
let wanted: string;
let made = 0;

beforeAll(async () => {
  // Slices that are larger than the part that is read with the header, with the directory at the end.
  await writeTiffStack(stack, labelVolume('uint64', [131, 97, 20]), { rowsPerStrip: 16 });
  wanted = await convertedHash(stack);
});

/** Returns the hash of a conversion's files, without the provenance, which names the input. */
async function convertedHash(input: string): Promise<string> {
  const output = join(shared, `made-${made++}`);
  await convertVolume(input, output, FLAGS);
  await rm(join(output, 'provenance'));
  return hashTree(output);
}

/** Starts a server for the stack, and for a page that lists it if `lists` is true. */
async function serve(lists: boolean): Promise<string> {
  const names = await readdir(stack);
  const page = `<html><body><a href="../">../</a>${names.map((name) => `<a href="${name}">${name}</a>`).join('\n')}</body></html>`;
  const server = await startDatasetServer({
    root: shared,
    besides: (request, response) => {
      const isFolder = lists && request.url === '/stack/';
      if (isFolder) response.setHeader('content-type', 'text/html').end(page);
      return Promise.resolve(isFolder);
    },
  });
  onTestFinished(() => server.close());
  return server.url;
}

describe('slices on the web', () => {
  test('are named by a pattern', async () => {
    const url = await serve(false);
    expect(await convertedHash(`${url}/stack/slice-{000..019}.tif`)).toBe(wanted);
  });

  test('are listed where the server shows a page of the folder', async () => {
    const url = await serve(true);
    const source = await openSource(`${url}/stack`);
    expect([source.metadata.format, source.metadata.size]).toEqual(['TIFF stack', [131, 97, 20]]);
    await source.close();
    expect(await convertedHash(`${url}/stack/`)).toBe(wanted);
  });

  test('may be one file', async () => {
    const source = await openSource(`${await serve(false)}/stack/slice-003.tif`);
    expect(source.metadata.size).toEqual([131, 97, 1]);
    await source.close();
  });

  test('that are not there are named', async () => {
    const url = await serve(false);
    await expect(openSource(`${url}/stack/slice-{000..021}.tif`)).rejects.toMatchObject({
      tag: 'invalid-input',
      details: [
        expect.stringContaining('slice-020.tif') as string,
        expect.stringContaining('slice-021.tif') as string,
      ],
    });
    for (const pattern of ['slice-{5..3}.tif', 'slice-{a..b}.tif', 'slice-{0..1}{0..9}.tif']) {
      await expect(openSource(`${url}/stack/${pattern}`)).rejects.toMatchObject({
        fields: { code: 'bad-address' },
      });
    }
  });

  test('come whole by a bad network', async () => {
    const url = await serve(false);
    const proxy = await startFaultyProxy(url, 1 / 6, ['drop', 'slow-down', 'internal', 'cut-answer']);
    expect(await convertedHash(`${proxy.endpoint}/stack/slice-{000..019}.tif`)).toBe(wanted);
    expect(proxy.faults.size).toBe(4);
  });
});

describeWith(
  'versitygw',
  'slices in a bucket',
  () => {
    test('are listed and read by range, with credentials', async () => {
      const { endpoint, client } = await startS3('versitygw');
      await client.send(new CreateBucketCommand({ Bucket: 'test-bucket' }));
      for (const name of await readdir(stack)) {
        const Body = await readFile(join(stack, name));
        await client.send(new PutObjectCommand({ Bucket: 'test-bucket', Key: `raw/stack/${name}`, Body }));
      }
      await client.send(
        new PutObjectCommand({ Bucket: 'test-bucket', Key: 'raw/stack/deeper/slice-999.tif', Body: 'no' }),
      );
      const proxy = await startFaultyProxy(endpoint, 1 / 8, ['drop', 'slow-down', 'cut-answer']);
      vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
      expect(await convertedHash('s3://test-bucket/raw/stack')).toBe(wanted);
      expect(await convertedHash('s3://test-bucket/raw/stack/slice-{000..019}.tif')).toBe(wanted);
      expect(proxy.faults.size).toBe(3);
    });
  },
  OPTIONAL,
);
