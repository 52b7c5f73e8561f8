import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { Retrier } from '../../../src/main/base/retrier';
import { outgoingBytes } from '../../../src/main/places/outgoing-file';
import type { WritablePlace } from '../../../src/main/places/place';
import { S3Place } from '../../../src/main/places/s3/s3-place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { startFaultyProxy } from '../../faulty-proxy';
import { describeWith } from '../../real-tool';
import { startS3 } from '../../s3-server';

/** Go brings it, which isn't everywhere. */
const OPTIONAL = true;

/** A bucket with the calls of every place, tried again where that may help. */
async function open(endpoint: string, prefix: string): Promise<WritablePlace> {
  const common = { bucket: 'test-bucket', region: undefined, profile: undefined, createBucket: true };
  const place = new S3Place({ ...common, prefix, endpoint, pathStyle: true });
  onTestFinished(() => place.close());
  const { signal } = new AbortController();
  const { run } = new Retrier(signal, 5);
  await place.prepare(run);
  const attributes = { modifiedMs: 0, contentType: 'text/plain', contentEncoding: undefined };
  return {
    get: (key) => run(() => place.get(key)),
    getRange: (...range) => run(() => place.getRange(...range)),
    size: async (key) => (await run(() => place.head(key, 1)))?.sizeBytes,
    list: async function* (start) {
      for await (const { key } of place.list(run, start)) yield key;
    },
    put: async (key, bytes) => {
      await place.put(outgoingBytes(Buffer.from(bytes), { ...attributes, key }), run, signal);
    },
    delete: (key) => place.remove([key], run),
  };
}

function contract(): void {
  testPlaceConformance(
    'a bucket, by a bad network',
    async () => {
      const { endpoint } = await startS3('versitygw');
      const proxy = await startFaultyProxy(endpoint, 1 / 20, ['drop', 'slow-down', 'cut-answer']);
      const prefix = randomUUID();
      const other = await open(endpoint, prefix);
      return { store: await open(proxy.endpoint, prefix), reopen: () => other };
    },
    { keysArePaths: false },
  );
}

describeWith('versitygw', 'versitygw', () => contract(), OPTIONAL);
