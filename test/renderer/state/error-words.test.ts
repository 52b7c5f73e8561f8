import { expect, test } from 'vitest';
import { inFormWords, optionsOf } from '../../../src/renderer/state/error-words';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { toStudioError } from '../../../src/shared/base/errors';

function errorOf(spec: object) {
  try {
    parseConvertSpec({ kind: 'convert', input: '/in', output: '/out', ...spec });
  } catch (error) {
    return toStudioError(error);
  }
  return undefined;
}

test.each([
  [
    'Give --resolution x,y,z in nanometres, such as --resolution 16,16,40.',
    'Give “Resolution” x,y,z in nanometres, such as 16,16,40.',
  ],
  [
    'Choose --type image for grey values, or convert the labels to integers.',
    'Choose “Kind of data: Grey values” for grey values, or convert the labels to integers.',
  ],
  ['--downsample: the average of labels is no label.', 'Downsampling: the average of labels is no label.'],
  [
    'Go on with it by --resume, or start anew by --overwrite.',
    'Go on with it by resuming it, or start anew by replacing what is there.',
  ],
  ['Start the program with --allow FOLDER.', 'Start the program with --allow FOLDER.'],
  ['/data/a--b/c is empty', '/data/a--b/c is empty'],
])('%s', (sentence, expected) => {
  expect(inFormWords(sentence)).toBe(expected);
});

test('what the schema refuses is named by its field, and the field is found', () => {
  const error = errorOf({ chunkSize: '-3', lods: '99' });
  expect(optionsOf(error?.fields ?? {})).toEqual(['chunkSize', 'lods']);
  expect(inFormWords(error?.message ?? '')).toMatch(
    /^Chunk size: '-3' is not .*; Levels of detail: '99' is not/,
  );
  expect(inFormWords(error?.remedy ?? '')).toBe('Correct the field that is marked.');
});

test('options without a field are left out', () => {
  expect(optionsOf({ options: ['output', 'mesh', 3] })).toEqual(['mesh']);
  expect(optionsOf({})).toEqual([]);
});
