import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFolder } from '../../../src/main/base/make-folder';
import { sharedTemporaryFolder, temporaryFolder } from '../../temporary-folder';

const mount = sharedTemporaryFolder();
const isMounted = mountReadOnly();

function mountReadOnly(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', mount], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (isMounted) execFileSync('umount', [mount]);
});

test('makes a folder and those above it, and is content with one that is there', async () => {
  const path = join(await temporaryFolder(), 'a', 'b');
  await makeFolder(path);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

// Only the superuser may mount.
test.skipIf(!isMounted)('says of a read-only file system that it is one', async () => {
  await expect(makeFolder(join(mount, 'a', 'b'))).rejects.toMatchObject({ code: 'EROFS' });
});
