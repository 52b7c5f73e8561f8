import { expect, test } from 'vitest';
import { OPTION_DEFAULTS, OPTION_NAMES } from '../../../src/renderer/state/option-defaults';
import { applies, choicesOf } from '../../../src/renderer/state/option-rules';
import type { ConvertOptionName } from '../../../src/shared/api/job-spec';

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
