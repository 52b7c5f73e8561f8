import { expect, test } from 'vitest';
import { s3Error } from '../../../src/main/places/s3/s3-error';
import { errorInFormWords, inFormWords, mendsOf, optionsOf } from '../../../src/renderer/state/form-words';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { about, named, other, OVERWRITE, RESUME, set, value } from '../../../src/shared/api/mentions';
import {
  deserializeError,
  InvalidInputError,
  serializeError,
  toStudioError,
} from '../../../src/shared/base/errors';
import { onCommandLine, say } from '../../../src/shared/base/words';

const READING = { doing: 'read', right: 's3:GetObject', where: 's3://brain/em' };

function errorOf(spec: object) {
  try {
    parseConvertSpec({ kind: 'convert', input: '/in', output: '/out', ...spec });
  } catch (error) {
    return toStudioError(error);
  }
  throw new Error('It was taken.');
}

test.each([
  [
    say`Give ${named('resolution')} as x,y,z in nanometres, such as ${set('resolution', '16,16,40')}.`,
    'Give --resolution as x,y,z in nanometres, such as --resolution 16,16,40.',
    'Give “Resolution” as x,y,z in nanometres, such as “Resolution: 16,16,40”.',
  ],
  [
    say`Choose ${set('type', 'image')} for grey values, or convert the labels to integers.`,
    'Choose --type image for grey values, or convert the labels to integers.',
    'Choose “Kind of data: Grey values” for grey values, or convert the labels to integers.',
  ],
  [
    say`Keep the values: ${other('ids', 'keep')}. The address is ${other('url')}.`,
    'Keep the values: --ids keep. The address is --url.',
    'Keep the values: “Segment ids: As they are”. The address is “Web address”.',
  ],
  [
    say`${about('downsample')}: the average of labels is not a label.`,
    '--downsample: the average of labels is not a label.',
    'Downsampling: the average of labels is not a label.',
  ],
  [
    say`Choose ${set('encoding', 'png')} or ${value('encoding', 'raw')}.`,
    'Choose --encoding png or raw.',
    'Choose “Encoding: PNG, without loss” or “Raw”.',
  ],
  [
    say`Continue it by ${RESUME}, or start again by ${OVERWRITE}.`,
    'Continue it by using --resume, or start again by using --overwrite.',
    'Continue it by resuming it, or start again by replacing the existing files.',
  ],
  [
    'Start the program with --allow FOLDER.',
    'Start the program with --allow FOLDER.',
    'Start the program with --allow FOLDER.',
  ],
])('%j', (words, flags, labels) => {
  expect(onCommandLine(words)).toBe(flags);
  expect(inFormWords(words)).toBe(labels);
});

test('what the schema refuses is named by its field, and the field is found', () => {
  const error = deserializeError(serializeError(errorOf({ chunkSize: '-3', lods: '99' })));
  expect(optionsOf(error.fields)).toEqual(['chunkSize', 'lods']);
  const { message, remedy } = errorInFormWords(error);
  expect(message).toMatch(/^Chunk size: '-3' is not .*; Levels of detail: '99' is not/);
  expect(remedy).toBe('Correct the field that is marked.');
});

test('the settings that mend an error are those that its remedy names, across processes', () => {
  const remedy = say`Give ${named('roi')}; ${set('gaps', 'zero')} fills, ${value('gaps', 'close')} closes; or ${OVERWRITE}.`;
  const error = new InvalidInputError('Slices are missing.', { remedy });
  const json = JSON.parse(JSON.stringify(serializeError(error))) as ReturnType<typeof serializeError>;
  expect(deserializeError(json)).toMatchObject({
    message: 'Slices are missing.',
    remedy: 'Give --roi; --gaps zero fills, close closes; or using --overwrite.',
  });
  expect(mendsOf(deserializeError(json))).toEqual([
    { option: 'gaps', value: 'zero', label: 'Missing slices: Fill with empty slices' },
    { option: 'gaps', value: 'close', label: 'Missing slices: Close up' },
  ]);
});

test('options without a field are left out', () => {
  expect(optionsOf({ options: ['output', 'mesh', 3] })).toEqual(['mesh']);
  expect(optionsOf({})).toEqual([]);
});

test('the remedy of a wrong region names a setting of the target instead of a flag', () => {
  const error = s3Error(READING, Object.assign(new Error('no'), { name: 'PermanentRedirect' }));
  expect(error.remedy).toContain('--region');
  expect(errorInFormWords(error).remedy).toBe('Give its region in the settings of the target.');
});
