import { expect, test } from 'vitest';
import { isNodeTooOld } from '../../../src/main/cli/needed-node';

test.each([
  ['18.20.8', true],
  ['20.9.0', true],
  ['20.18.3', true],
  ['20.19.0', false],
  ['20.20.2', false],
  ['26.10.0', false],
])('Node %s: too old is %s', (version, isOld) => {
  expect(isNodeTooOld(version)).toBe(isOld);
});
