import { randomUUID } from 'node:crypto';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { S3Place } from '../../../src/main/places/s3/s3-place';
import { S3Target } from '../../../src/main/publish/targets/s3-target';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { describeWithPython, startListening } from '../../real-tool';
import { useCredentials } from '../../s3-server';
import { temporaryFolder } from '../../temporary-folder';
import { publish } from './publish-folder';

const SCALE = '10_10_20';
const LARGE_BYTES = 9 << 20;

describeWithPython('swift', "OpenStack Swift's S3 interface", (python) => {
  let endpoint: string;
  beforeAll(async () => {
    const folder = await temporaryFolder();
    const script = resolve('test/fixtures/swift-server.py');
    const { port } = await startListening(python, (port) => [script, String(port), folder]);
    endpoint = `http://127.0.0.1:${port}`;
  });

  const options = () => {
    useCredentials({ AWS_ACCESS_KEY_ID: 'test:tester', AWS_SECRET_ACCESS_KEY: 'testing' });
    const prefix = randomUUID();
    const given = { region: 'us-east-1', profile: undefined, pathStyle: true, createBucket: true };
    return { ...given, endpoint, bucket: 'cells', prefix };
  };

  testPlaceConformance(
    'as a place',
    async () => {
      const place = options();
      const other = await openRemote(new S3Place(place));
      return { store: await openRemote(new S3Place(place)), reopen: () => other };
    },
    { keysArePaths: false },
  );

  test('says how everybody and pages of other origins are let in there', async () => {
    const target = new S3Target({ ...options(), publicUrl: undefined });
    await target.prepare();
    const items = await target.inspectSetup();
    expect(items.map(({ name, state, explanation }) => [name, state, explanation]).slice(1)).toEqual([
      ['policy', 'unsupported', expect.stringContaining("`swift post -r '.r:*' CONTAINER`") as string],
      [
        'cors',
        'unsupported',
        expect.stringContaining('`swift post -m "Access-Control-Allow-Origin:*" CONTAINER`') as string,
      ],
    ]);
    await target.close();
  });

  test('gets all, in parts too, then nothing, then what changed; what is stale goes', async () => {
    const place = options();
    const from = await temporaryFolder();
    await writeSmallDataset(from, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
    const large = join(from, SCALE, '0-32_0-32_0-32.gz');
    await truncate(large, LARGE_BYTES);
    const run = (deleteStale = false) =>
      publish(from, new S3Target({ ...place, publicUrl: undefined }), { deleteStale });
    expect((await run()).summary).toMatchObject({ files: 13, retries: 0 });
    expect((await run()).summary).toMatchObject({ files: 0, unchangedFiles: 13 });
    await writeFile(join(from, SCALE, '0-32_32-64_0-32.gz'), 'other');
    await rm(join(from, SCALE, '32-64_0-32_0-32.gz'));
    expect((await run(true)).summary).toMatchObject({ files: 1, deletedFiles: 1, retries: 0 });
  });
});
