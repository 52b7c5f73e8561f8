import { expect, test } from 'vitest';
import { Prompts } from '../../../src/main/studio/prompts';

const QUESTION = { host: 'host', text: 'Code:', isShown: false };

test('a question goes away with what asked it, also if that ended before', async () => {
  const prompts = new Prompts(() => undefined);
  const stop = new AbortController();
  const asked = prompts.ask(QUESTION, stop.signal);
  expect(prompts.list()).toMatchObject([QUESTION]);
  stop.abort();
  expect(await asked).toBeUndefined();
  const late = prompts.ask(QUESTION, stop.signal);
  expect(prompts.list()).toEqual([]);
  expect(await late).toBeUndefined();
});
