import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { atEnd } from './end-with-test';

/**
 * Processes that a test has ended may write for a moment longer, so folders may not be empty when they are removed.
 */
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

/** Creates a folder and returns its real path. It is removed when the current test ends; see atEnd. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'precomputed-studio-'));
  atEnd(() => rm(folder, REMOVAL));
  return folder;
}

/** Creates a folder for all tests of a file or suite and returns its real path. Call this outside of tests. */
export function sharedTemporaryFolder(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'precomputed-studio-'));
  afterAll(() => {
    rmSync(folder, REMOVAL);
  });
  return folder;
}
