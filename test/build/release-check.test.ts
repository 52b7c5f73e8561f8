import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../temporary-folder';

const CONFIGURATION = 'build/electron-builder.json';

/** Runs the release check on a configuration in which `replacement` replaces the placeholders' domain. */
async function check(
  tag: string,
  replacement: string,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const file = join(await temporaryFolder(), 'configuration.json');
  await writeFile(
    file,
    (await readFile(CONFIGURATION, 'utf8')).replaceAll('precomputed-studio.invalid', replacement),
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, ['build/release-check.mjs', tag, file], {
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr };
}

test('a release with real addresses and the tag of its version is ready', async () => {
  expect(await check(`v${packageJson.version}`, 'example.org')).toEqual({
    code: 0,
    said: 'Ready for a release.\n',
  });
});

test('each placeholder is named, and ends the release', async () => {
  const { code, said } = await check(`v${packageJson.version}`, 'some.invalid');
  expect(code).toBe(1);
  for (const field of ['publish.url', 'extraMetadata.homepage', 'linux.maintainer'])
    expect(said).toContain(field);
});

test('a tag that is not the version ends the release', async () => {
  const { code, said } = await check('v9.9.9', 'example.org');
  expect([code, said]).toEqual([1, expect.stringContaining(`v${packageJson.version}`)]);
});
