import { expect, test } from 'vitest';
import { commonPlace, fillName } from '../../../src/shared/api/publish-spec';

const WEB = 'https://www.example.org';

test.each([
  ['s3://bucket/lab/{name}', undefined, { address: 's3://bucket/lab' }],
  ['s3://bucket/lab/em/{name}/', undefined, { address: 's3://bucket/lab/em' }],
  [
    'sftp://u@host:22/srv/data/{name}',
    `${WEB}/data/{name}`,
    { address: 'sftp://u@host:22/srv/data', url: `${WEB}/data` },
  ],
  ['file:/srv/data/{name}', `${WEB}/data/{name}`, { address: 'file:/srv/data', url: `${WEB}/data` }],
  // A whole bucket, a whole site, no web address, and `{name}` not at the end.
  ['s3://bucket/{name}', undefined, undefined],
  ['sftp://u@host/srv/{name}', `${WEB}/{name}`, undefined],
  ['sftp://u@host/{name}', `${WEB}/data/{name}`, undefined],
  ['file:/srv/{name}', undefined, undefined],
  ['s3://bucket/{name}/v1', undefined, undefined],
  ['s3://bucket/lab/cells', undefined, undefined],
])('%s at %s', (address, url, common) => {
  expect(commonPlace({ address, ...(url === undefined ? {} : { url }) })).toEqual(common);
});

test.each([
  ['s3://bucket/{name}', 's3://bucket/out 4%'],
  ['file:/srv/{name}', 'file:/srv/out 4%'],
  ['sftp://u@host/srv/{name}', 'sftp://u@host/srv/out%204%25'],
])('a name is encoded where its address is a URL: %s', (address, filled) => {
  const spec = fillName({ address, url: `${WEB}/{name}/v1` }, 'out 4%');
  expect(spec).toEqual({ address: filled, url: `${WEB}/out%204%25/v1` });
});
