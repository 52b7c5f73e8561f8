import { describe, expect, test } from 'vitest';
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
  expect(() => parseTargetSpec({ address: 'constructor://lab/cells' })).toThrow('not an address of a target');
});

test.each([
  [{ transfer: 'rsync' }, {}],
  [{ layout: 'unzipped' }, { compression: 'none' }],
  [{ layout: 'gz-suffix', transfer: 'sftp' }, { compression: 'gzip' }],
])('a saved target of an earlier version still works: %j', (earlier, now) => {
  const spec = { address: 'sftp://host/www', identity: 'key' };
  expect(parseTargetSpec({ ...spec, ...earlier })).toEqual({ ...spec, ...now });
});

test('a name of files that never existed is refused', () => {
  expect(() => parseTargetSpec({ address: 'sftp://host/www', layout: 'plain' })).toThrow('layout');
});

test('an IPv6 address without brackets is refused with the way to write it', () => {
  expect(() => parseTargetSpec({ address: 'sftp://me@::1/data' })).toThrow('sftp://USER@[::1]/PATH');
  expect(parseTargetSpec({ address: 'sftp://me@[::1]/data' })).toEqual({ address: 'sftp://me@[::1]/data' });
});

describe('a password in an address', () => {
  test.each([
    ['u:pw@host:/x', 'sftp://u@host/x'],
    ['u:pw@host/x', 'sftp://u@host/x'],
    ['root:pw@host/x', 'sftp://root@host/x'],
    ['root:p/pw@pw:@host:data', 'sftp://root@host/~/data'],
    ['root:/pw@host:/x', 'Use s3://'],
    ['ftp://u:pw@host/x', 'Use s3://'],
    ['sftp://u:pw@host/x', 'password'],
    ['sftp://u:p/pw@host/x', 'password'],
    ['sftp:u:pw@host/x', 'password'],
    ['s3:u:pw@host/x', 'password'],
  ])('is not repeated: %s', (address, answer) => {
    const parse = () => parseTargetSpec({ address });
    expect(parse).toThrow(answer);
    expect(parse).not.toThrow('pw');
  });

  test('is not repeated from the web address either', () => {
    const parse = () => parseTargetSpec({ address: 's3://lab/cells', url: 'u:pw@host/x' });
    expect(parse).toThrow("'u:…@host/x' is not an address");
  });

  test.each([
    'sftp://host:22/a@b',
    'sftp://u@[::1]:22/a@b',
    'sftp://[::1]:22/a@b',
    's3://lab/a:b@c',
    'file:a:b@c',
  ])('is not seen where there is none: %s', (address) => {
    expect(parseTargetSpec({ address })).toEqual({ address });
  });
});
