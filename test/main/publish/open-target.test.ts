import { afterEach, describe, expect, test, vi } from 'vitest';
import { outputSpec } from '../../../src/main/publish/open-remote-output';
import { openBucket } from '../../../src/main/publish/open-target';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a bucket on the server that the environment names', () => {
  const open = (more: Readonly<Record<string, string>> = {}) =>
    openBucket({ spec: { address: 's3://cells/set', ...more }, createBucket: false });

  test('has the address of that server', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9000');
    const target = await open();
    expect([target.id, target.publicUrl]).toEqual([
      's3://cells/set at http://127.0.0.1:9000',
      'http://127.0.0.1:9000/cells/set',
    ]);
    await target.close();
  });

  test('is on the one that is given, if any is', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9000');
    const target = await open({ endpoint: 'http://127.0.0.1:9001' });
    expect(target.publicUrl).toBe('http://127.0.0.1:9001/cells/set');
    await target.close();
  });

  test('is on the same one for other processes of the job', () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:9000');
    expect(outputSpec('s3://cells/set', {}, undefined)).toEqual({
      address: 's3://cells/set',
      endpoint: 'http://127.0.0.1:9000',
    });
  });
});
