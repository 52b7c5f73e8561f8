import { expect, test } from 'vitest';
import { parseTargetSpec } from '../../../src/shared/api/publish-spec';

const ENDPOINT = 'https://storage.googleapis.com';

test.each([
  [{ address: 'gs://lab/cells' }, { address: 's3://lab/cells', endpoint: ENDPOINT, region: 'auto' }],
  [
    { address: 'gs://lab/{name}', endpoint: 'http://127.0.0.1:9', region: undefined, profile: 'hmac' },
    { address: 's3://lab/{name}', endpoint: 'http://127.0.0.1:9', region: 'auto', profile: 'hmac' },
  ],
  [{ address: 's3://lab/cells' }, { address: 's3://lab/cells' }],
])('a bucket of Google is one of S3 at its endpoint: %j', (given, spec) => {
  expect(parseTargetSpec(given)).toEqual(spec);
  // As it is read again where it was kept.
  expect(parseTargetSpec(spec)).toEqual(spec);
});

test('what is wrong with such an address is said', () => {
  expect(() => parseTargetSpec({ address: 'gs://name:word@lab/cells' })).toThrow('password');
  expect(() => parseTargetSpec({ address: 'gcs://lab/cells' })).toThrow('gs://BUCKET/PREFIX');
});

test('a target of an earlier version, with the choice between SFTP and rsync, still works', () => {
  const spec = { address: 'sftp://host/www', layout: 'unzipped' };
  expect(parseTargetSpec({ ...spec, transfer: 'rsync' })).toEqual(spec);
});
