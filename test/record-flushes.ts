import { open, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/**
 * Records which files and folders are flushed until the test ends, by their paths below `root`. The file system can't be
 * flushed by one call meanwhile, as on macOS and Windows.
 */
export async function recordFlushes(root: string): Promise<string[]> {
  const flushed: string[] = [];
  const probe = await open(root);
  const prototype = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const { sync } = prototype;
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof probe) {
    flushed.push(relative(root, await readlink(`/proc/self/fd/${this.fd}`)));
    await sync.call(this);
  });
  vi.stubEnv('PATH', join(root, 'no-programs-here'));
  onTestFinished(() => {
    spy.mockRestore();
    vi.unstubAllEnvs();
  });
  return flushed;
}
