import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { S3Place } from '../../../src/main/places/s3/s3-place';
import { closeServer, listen } from '../../../src/main/server/dataset-server';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { startFaultyProxy } from '../../faulty-proxy';
import { describeWith } from '../../real-tool';
import { startS3, useCredentials } from '../../s3-server';

/** The server is built with Go, which is not installed everywhere. */
const OPTIONAL = true;

const COMMON = {
  bucket: 'test-bucket',
  region: undefined,
  profile: undefined,
  createBucket: true,
  pathStyle: true,
};

function contract(): void {
  testPlaceConformance(
    'a bucket, by a bad network',
    async () => {
      const { endpoint } = await startS3('versitygw');
      const proxy = await startFaultyProxy(endpoint, 1 / 20, ['drop', 'slow-down', 'cut-answer']);
      const prefix = randomUUID();
      const other = await openRemote(new S3Place({ ...COMMON, prefix, endpoint }));
      const store = await openRemote(new S3Place({ ...COMMON, prefix, endpoint: proxy.endpoint }));
      return { store, reopen: () => other };
    },
    { keysArePaths: false },
  );
}

describeWith('versitygw', 'versitygw', () => contract(), OPTIONAL);

/** Returns the folder `set` of a bucket of a server that answers so. */
async function placeAt(
  answer: RequestListener,
  options: { readonly silenceMs?: number } = {},
): Promise<S3Place> {
  const server = createServer(answer);
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  useCredentials({ AWS_ACCESS_KEY_ID: 'guest', AWS_SECRET_ACCESS_KEY: 'guest' });
  const endpoint = `http://127.0.0.1:${port}`;
  const place = new S3Place({ ...COMMON, region: 'eu-test-1', prefix: 'set', endpoint, ...options });
  onTestFinished(() => place.close());
  return place;
}

test('a listing that a server cuts off without saying how it goes on ends there', async () => {
  const place = await placeAt((_, response) => {
    const listed = '<Contents><Key>set/info</Key><Size>2</Size></Contents>';
    response.end(`<ListBucketResult><IsTruncated>true</IsTruncated>${listed}</ListBucketResult>`);
  });
  const page = await place.list('');
  expect(page.objects.map(({ key }) => key)).toEqual(['info']);
  expect(page.next).toBeUndefined();
});

test.each([
  ['NoSuchKey', undefined],
  ['NoSuchBucket', 'there is no such bucket'],
  ['InvalidAccessKeyId', 'the access key is not known there'],
  ['NoSuchWebsite', 'the server refuses it (NoSuchWebsite, status 404)'],
])('a status of 404 with the code %s is about the object, or an error', async (code, reason) => {
  const place = await placeAt((_, response) => {
    response.writeHead(404).end(`<Error><Code>${code}</Code></Error>`);
  });
  if (reason === undefined) expect(await place.get('info')).toBeUndefined();
  else await expect(place.get('info')).rejects.toThrow(`Can't read s3://test-bucket/set/info: ${reason}.`);
});

test('a server that takes the connection and says nothing is given up after a while, and tried again', async () => {
  const place = await placeAt(() => undefined, { silenceMs: 50 });
  await expect(place.list('')).rejects.toMatchObject({
    message: expect.stringContaining('there is no answer') as string,
    retryable: true,
  });
});

test('a server that says nothing is asked once for the region of a bucket', async () => {
  const asked: (string | undefined)[] = [];
  const place = await placeAt(({ method }) => void asked.push(method), { silenceMs: 50 });
  await expect(place.prepare()).rejects.toMatchObject({
    message: expect.stringContaining("Can't look at s3://test-bucket") as string,
    retryable: true,
  });
  expect(asked).toEqual(['HEAD']);
});
