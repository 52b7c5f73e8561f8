import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI_FILE } from '../../run-cli';

/** Returns the code that runs before the first line of a built file: its own and that of all its imports. */
function loadedWith(file: string, seen = new Set<string>()): string {
  if (seen.has(file)) return '';
  seen.add(file);
  const code = readFileSync(file, 'utf8');
  const imports = [...code.matchAll(/^import .*?from "(\.[^"]*)";$/gm)].map(([, path = '']) => path);
  return [code, ...imports.map((path) => loadedWith(join(dirname(file), path), seen))].join('\n');
}

const WORKER_FILE = join(dirname(CLI_FILE), 'worker.js');

/** Code by which a module is recognized: functions of the engine, the options' schemas, the command line's parser. */
const MODULES = {
  engine: /function runConversion\(/,
  zod: /\bZodObject\b/,
  commander: /\bCommanderError\b/,
};

test.each([
  ['the command line', CLI_FILE, { engine: false, zod: false, commander: true }],
  ['a worker', WORKER_FILE, { engine: false, zod: false, commander: false }],
])('%s starts without what it needs later or never', (_, file, expected) => {
  const code = loadedWith(file);
  const found = Object.entries(MODULES).map(([name, sign]) => [name, sign.test(code)]);
  expect(Object.fromEntries(found)).toEqual(expected);
});
