import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** What a test has ended may write a moment longer, so that folders aren't empty when they are to be removed. */
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

/** A fresh folder (its real path), removed when the test that asked for it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'precomputed-studio-'));
  onTestFinished(() => rm(folder, REMOVAL));
  return folder;
}

/** A fresh folder (its real path) for all tests of a file or suite, to be asked for outside of tests. */
export function sharedTemporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'precomputed-studio-'));
  afterAll(() => {
    rmSync(folder, REMOVAL);
  });
  return folder;
}
