import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findSleep } from '../../../src/main/electron/sleep';
import { temporaryFolder } from '../../temporary-folder';

/** Puts programs in place of the system's, which would put the machine of the tests to sleep. */
async function usePrograms(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', folder);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return folder;
}

test.skipIf(process.platform === 'win32')('sleep is offered where logind says that it works', async () => {
  const folder = await usePrograms({
    busctl: 'test "$5" = CanSuspend && echo \'s "yes"\'',
    systemctl: 'echo "$*" > "${0%/*}/asked"',
  });
  const sleep = await findSleep('linux');
  await sleep?.();
  expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('suspend\n');
});

test.each([
  ['the hardware cannot', { busctl: 'echo \'s "na"\'' }],
  ['the user would have to log in', { busctl: 'echo \'s "challenge"\'' }],
  ['there is no logind', { busctl: 'echo "no such service" >&2; exit 1' }],
  ['there is no such program', {}],
])('it is not offered where %s', async (_, programs) => {
  await usePrograms(programs);
  expect(await findSleep('linux')).toBeUndefined();
});

test('it is not offered on a system that nothing is known about', async () => {
  expect(await findSleep('win32')).toBeUndefined();
});
