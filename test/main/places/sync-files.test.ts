import { mkdir, open, readlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { syncFolder } from '../../../src/main/places/sync-files';
import { temporaryFolder } from '../../temporary-folder';

/** Records which files are flushed one by one, by their paths below `root`. */
async function recordFlushes(root: string): Promise<string[]> {
  const flushed: string[] = [];
  const probe = await open(root);
  const prototype = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const { sync } = prototype;
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof probe) {
    flushed.push(relative(root, await readlink(`/proc/self/fd/${this.fd}`)));
    await sync.call(this);
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return flushed;
}

test.runIf(process.platform === 'linux')(
  'where the file system cannot be flushed by one call, all files are flushed, and each folder after them',
  async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'scale', 'nested'), { recursive: true });
    const files = ['provenance', 'scale/0-64_0-64_0-64', 'scale/nested/chunk'];
    for (const file of files) await writeFile(join(root, file), file);
    const flushed = await recordFlushes(root);
    vi.stubEnv('PATH', join(root, 'no-programs-here'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await syncFolder(root);
    expect(flushed.slice(0, 3).sort()).toEqual(files);
    expect(flushed.slice(3).sort()).toEqual(['', 'scale', 'scale/nested']);
  },
);
