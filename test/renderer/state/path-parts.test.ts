import { expect, test } from 'vitest';
import { joinPath, splitPath } from '../../../src/renderer/state/path-parts';

test.each([
  ['/data/cells', '/data', 'cells'],
  ['/cells', '/', 'cells'],
  ['cells', '', 'cells'],
  ['', '', ''],
  ['/data/', '/data', ''],
  ['/data//cells', '/data//', 'cells'],
  ['C:\\data\\cells', 'C:\\data', 'cells'],
  ['s3://bucket/made/cells', 's3://bucket/made', 'cells'],
  ['s3://bucket', 's3://', 'bucket'],
])('%s is split and put together again', (path, folder, name) => {
  expect(splitPath(path)).toEqual({ folder, name });
  expect(joinPath(folder, name)).toBe(path);
});

test.each([
  ['/data/', '/data/cells'],
  ['C:\\', 'C:\\cells'],
])('a folder that ends in a separator, %s, gets no second one', (folder, path) => {
  expect(joinPath(folder, 'cells')).toBe(path);
});
