import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LOADED_TOGETHER } from '../../build/loaded-together';

test.each(LOADED_TOGETHER)('the modules of the bundle %s are where it looks for them', (_, modules) => {
  expect(modules.filter((module) => !existsSync(module))).toEqual([]);
});
