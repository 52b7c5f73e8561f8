import { expect, test } from 'vitest';
import { named, set } from '../../../src/shared/api/mentions';
import { onCommandLine, say } from '../../../src/shared/base/words';

test.each([
  ['volumes/labels', '--dataset volumes/labels'],
  ['DataSet/ResolutionLevel 0/TimePoint 0', '--dataset "DataSet/ResolutionLevel 0/TimePoint 0"'],
  ['position=1,time=0', '--dataset position=1,time=0'],
  ['größe-µm', '--dataset größe-µm'],
  ['a "b" $c', `--dataset 'a "b" $c'`],
  [`it's $5`, `--dataset 'it'\\''s $5'`],
])('the value %s can be pasted into a shell', (value, flag) => {
  expect(onCommandLine(say`Choose ${named('dataset')}: ${set('dataset', value)}.`)).toBe(
    `Choose --dataset: ${flag}.`,
  );
});
