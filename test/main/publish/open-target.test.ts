import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { outputSpec } from '../../../src/main/publish/open-remote-output';
import { openBucket } from '../../../src/main/publish/open-target';
import { temporaryFolder } from '../../temporary-folder';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a bucket on the server that is set up on this machine', () => {
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

  test.each([
    ['a profile', 'lab', '[profile lab]\nendpoint_url = http://127.0.0.1:9002\n'],
    ['the usual profile', undefined, '[default]\nendpoint_url = http://127.0.0.1:9002\n'],
    [
      'the services of a profile',
      'lab',
      '[profile lab]\nservices = labs\nendpoint_url = http://127.0.0.1:1\n[services labs]\ns3 =\n  endpoint_url = http://127.0.0.1:9002\n',
    ],
  ])('is on the one that ~/.aws/config names for %s', async (_, profile, text) => {
    const file = join(await temporaryFolder(), 'config');
    await writeFile(file, text);
    vi.stubEnv('AWS_CONFIG_FILE', file);
    const target = await open(profile === undefined ? {} : { profile });
    expect([target.id, target.publicUrl]).toEqual([
      's3://cells/set at http://127.0.0.1:9002',
      'http://127.0.0.1:9002/cells/set',
    ]);
    await target.close();
    vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'true');
    const ofAws = await open(profile === undefined ? {} : { profile });
    expect(ofAws.id).toBe('s3://cells/set');
    await ofAws.close();
  });

  test.each([
    ['is no web address', '127.0.0.1:9000', '127.0.0.1:9000'],
    ['has a password', 'http://somebody:secret@127.0.0.1:9000', 'http://somebody:…@127.0.0.1:9000'],
  ])('is refused if its address %s', async (_, endpoint, shown) => {
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    await expect(open()).rejects.toMatchObject({
      message: `The server of buckets can't have this address: '${shown}'.`,
      fields: { endpoint: shown },
    });
  });

  test('is one of AWS where the names of servers are empty', async () => {
    const file = join(await temporaryFolder(), 'config');
    await writeFile(file, '[default]\nendpoint_url =\n');
    vi.stubEnv('AWS_CONFIG_FILE', file);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', '');
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    const target = await open();
    expect(target.id).toBe('s3://cells/set');
    await target.close();
  });

  test('is on the one that is given, if any is', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9000');
    const target = await open({ endpoint: 'http://127.0.0.1:9001' });
    expect(target.publicUrl).toBe('http://127.0.0.1:9001/cells/set');
    await target.close();
  });

  test('is on the same one for other processes of the job', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:9000');
    expect(await outputSpec('s3://cells/set', {}, undefined)).toEqual({
      address: 's3://cells/set',
      endpoint: 'http://127.0.0.1:9000',
    });
  });
});
