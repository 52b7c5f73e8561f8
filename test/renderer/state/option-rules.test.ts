import { expect, test } from 'vitest';
import { OPTION_DEFAULTS } from '../../../src/renderer/state/option-defaults';
import { applies, choicesOf } from '../../../src/renderer/state/option-rules';
import type { SourceReport } from '../../../src/shared/api/contract-types';
import { OPTION_NAMES, type ConvertOptionName } from '../../../src/shared/api/job-spec';

function shown(options: Partial<Record<ConvertOptionName, string>>): ConvertOptionName[] {
  const context = { options: { ...OPTION_DEFAULTS, ...options }, report: undefined };
  return OPTION_NAMES.filter((name) => applies(name, context));
}

test('an image has no options of segments', () => {
  const names = shown({ type: 'image' });
  expect(names).not.toContain('mesh');
  expect(names).not.toContain('names');
  expect(names).not.toContain('blockSize');
  expect(names).not.toContain('ignoreBackground');
  expect(names).toContain('chunkSize');
});

test('options of meshes come and go with the format', () => {
  expect(shown({ mesh: 'multilod' })).toEqual(expect.arrayContaining(['lods', 'meshError', 'minVoxels']));
  expect(shown({ mesh: 'legacy' })).not.toContain('lods');
  expect(shown({ mesh: 'legacy' })).toContain('meshError');
  const without = shown({ mesh: 'none' });
  expect(without).not.toContain('meshError');
  expect(without).toEqual(expect.arrayContaining(['mesh', 'names', 'idsFile']));
});

test('what decides the files of gzip goes with it', () => {
  expect(shown({ compression: 'none' })).not.toContain('compressionLevel');
  expect(shown({})).toEqual(expect.arrayContaining(['compressionLevel', 'layout']));
});

test('labels are not averaged, and grey values have no majority', () => {
  const all = ['majority', 'average', 'stride', 'none'];
  const of = (type: string) =>
    choicesOf('downsample', all, { options: { ...OPTION_DEFAULTS, type }, report: undefined });
  expect(of('segmentation')).toEqual(['majority', 'stride', 'none']);
  expect(of('image')).toEqual(['average', 'stride', 'none']);
});

test.each([
  ['uint8', 1, ['raw', 'jpeg', 'png']],
  ['uint8', 2, ['raw', 'png']],
  ['uint8', 3, ['raw', 'jpeg', 'png']],
  ['uint8', 5, ['raw']],
  ['uint16', 1, ['raw', 'png']],
  ['uint16', 3, ['raw']],
  ['float32', 1, ['raw']],
] as const)(
  'an image of %s with %i channels has the encodings that hold it',
  (dataType, channels, expected) => {
    const all = ['compressed_segmentation', 'raw', 'jpeg', 'png'];
    const report = {
      path: '/data/a',
      kind: 'image',
      format: 'npy',
      size: [1, 1, 1],
      dataType,
      channels,
      takes: [],
      facts: [],
      passedOver: [],
    } as const satisfies SourceReport;
    const of = (type: string) =>
      choicesOf('encoding', all, { options: { ...OPTION_DEFAULTS, type }, report });
    expect(of('image')).toEqual(expected);
    expect(of('segmentation')).toEqual(['compressed_segmentation', 'raw']);
  },
);

test('what decides the loss of JPEGs goes with them, and gzip goes without', () => {
  expect(shown({ type: 'image', encoding: 'jpeg' })).toContain('jpegQuality');
  expect(shown({ type: 'image', encoding: 'png' })).toContain('compressionLevel');
  for (const encoding of ['jpeg', 'png']) {
    expect(shown({ type: 'image', encoding })).not.toContain('compression');
    expect(shown({ type: 'image', encoding })).not.toContain('layout');
  }
  expect(shown({ type: 'image' })).not.toContain('jpegQuality');
});
