import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPTIONS } from '../../src/shared/api/job-spec';
import { flagName } from '../../src/shared/api/option';
import { TARGET_OPTIONS } from '../../src/shared/api/publish-spec';

const FLAGS = [...Object.values(OPTIONS), ...Object.values(TARGET_OPTIONS)].map((each) => flagName(each));
const OF_EXPORT_AND_PUBLISH = ['--ids', '--delete', '--overwrite', '--create-bucket', '--no-path-style'];

/** Sentences that only the command line shows, or that the app replaces by their code. */
const KNOWN = ['src/main/places/s3/s3-error.ts: --region'];

/** The command line, and files in which flags are defined or written into scripts. */
const LEFT_OUT =
  /src.main.cli|job-spec|mentions|(mesh|view)-options|publish-spec|cluster-scripts|s3-setup|native-log/;

test('sentences of the engine mention flags as data, so that the app can name its own fields', async () => {
  const names = await readdir('src', { recursive: true });
  const files = names
    .map((name) => join('src', name))
    .filter((name) => /src.(main|shared).*\.ts$/.test(name));
  const found: string[] = [];
  for (const file of files.filter((name) => !LEFT_OUT.test(name))) {
    const text = (await readFile(file, 'utf8')).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    for (const [, flag = ''] of text.matchAll(/(--[a-z][a-z-]+)(?=[^'"`\n]*['"`])/g))
      if ([...FLAGS, ...OF_EXPORT_AND_PUBLISH].includes(flag)) found.push(`${file}: ${flag}`);
  }
  expect(found).toEqual(KNOWN);
});
