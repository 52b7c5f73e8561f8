import { expect, test } from 'vitest';
import { emptyWords } from '../../../src/renderer/state/option-defaults';
import { helpOf } from '../../../src/renderer/state/option-help';
import { OPTION_NAMES, OPTIONS } from '../../../src/shared/api/job-spec';

/** Options that only the command line has. */
const SHOWN = OPTION_NAMES.filter((name) => name !== 'tiles');

test.each(SHOWN)('the form says what %s is without flags and values of the command line', (name) => {
  const words = `${helpOf(name)} ${emptyWords(OPTIONS[name])}`;
  // What is typed into a field of text is the same on the command line.
  expect(words).not.toMatch(OPTIONS[name].control === 'text' ? /--|_/ : /--|_|\b(auto|none)\b/);
});
