import { expect, test } from 'vitest';
import { HostAnswer } from '../../../src/renderer/state/host-answer.svelte';

test('what was typed for one host is not sent to the next one that asks', () => {
  let shown: { id: string } | undefined = { id: 'first' };
  const answer = new HostAnswer(() => shown);
  answer.text = '271828';
  expect(answer.text).toBe('271828');
  // The first question ends, as when nobody answers in time, and the next one is shown in the same dialog.
  shown = { id: 'second' };
  expect(answer.text).toBe('');
  shown = undefined;
  expect(answer.text).toBe('');
});
