import { expect, test } from 'vitest';
import { ConversionDraft } from '../../../src/renderer/state/conversion-draft.svelte';
import type { StudioClient } from '../../../src/renderer/hosts/studio-client';

/** Returns a draft in a studio that refuses the inputs in `refused`. */
function draftOf(refused: ReadonlySet<string>): ConversionDraft {
  const client = {
    source: {
      inspect: ({ path }: { path: string }) =>
        refused.has(path)
          ? Promise.reject(new RangeError(`${path} can't be read`))
          : Promise.resolve({
              path,
              format: 'TIFF',
              channels: 1,
              dataType: 'uint8',
              takes: [],
              kind: 'image',
            }),
    },
    suggestOutput: ({ path }: { path: string }) => Promise.resolve({ path: `${path}-precomputed` }),
  };
  return new ConversionDraft(client as unknown as StudioClient);
}

test('an input that could only be read at the second attempt gets an output of its own', async () => {
  const refused = new Set<string>();
  const draft = draftOf(refused);
  await draft.choose('/first');
  draft.target = 'lab';
  expect(draft.output).toBe('/first-precomputed');
  refused.add('/second');
  await draft.choose('/second');
  expect(draft.output).toBe('');
  refused.clear();
  await draft.choose('/second', draft.reading);
  expect(draft.output).toBe('/second-precomputed');
  expect(draft.target).toBe('');
});

test('an output that was typed is kept when the same input is read in another way', async () => {
  const draft = draftOf(new Set());
  await draft.choose('/first');
  draft.output = '/elsewhere';
  await draft.choose('/first', { gaps: 'zero' });
  expect(draft.output).toBe('/elsewhere');
});
