import { randomUUID } from 'node:crypto';
import { S3Place } from '../../../src/main/places/s3/s3-place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { startFaultyProxy } from '../../faulty-proxy';
import { describeWith } from '../../real-tool';
import { startS3 } from '../../s3-server';

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
