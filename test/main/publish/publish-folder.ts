import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  publishDataset,
  type PublishRequest,
  type PublishResult,
} from '../../../src/main/publish/publish-job';
import type { PublishTarget } from '../../../src/main/publish/publish-target';
import { SftpPlace, type SftpPlaceOptions } from '../../../src/main/places/ssh/sftp-place';
import type { WebFolder } from '../../../src/main/publish/open-target';
import type { SshServer } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';

/** Publishes with settings for tests, and closes the target. */
export async function publish(
  dataset: string,
  target: PublishTarget,
  more: Partial<PublishRequest> = {},
): Promise<PublishResult> {
  try {
    return await publishDataset({
      dataset,
      target,
      dataFolder: await temporaryFolder(),
      dryRun: false,
      checksum: false,
      deleteStale: false,
      overwrite: false,
      check: false,
      signal: new AbortController().signal,
      emit: () => undefined,
      firstDelayMs: 5,
      ...more,
    });
  } finally {
    await target.close();
  }
}

/** Adds fields to the `info` of a dataset, such as the folder of its skeletons. */
export async function addToInfo(folder: string, more: Readonly<Record<string, unknown>>): Promise<void> {
  const info = JSON.parse(await readFile(join(folder, 'info'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(folder, 'info'), JSON.stringify({ ...info, ...more }));
}

/** Returns the files below a folder with their bytes, without hidden ones. */
export async function filesOf(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isFile() && !name.startsWith('.')) files.set(name, await readFile(path));
  }
  return files;
}

export async function expectSame(from: string, to: string): Promise<void> {
  const [sent, arrived] = await Promise.all([filesOf(from), filesOf(to)]);
  expect([...arrived.keys()].sort()).toEqual([...sent.keys()].sort());
  for (const [name, bytes] of sent) expect([name, arrived.get(name)?.equals(bytes)]).toEqual([name, true]);
}

/** Returns a target for a folder on a host that startSshd made. */
export function sshTarget(
  server: SshServer,
  folder: string,
  { naming = 'gz-suffix', publicUrl, ...more }: Partial<SftpPlaceOptions & WebFolder> = {},
) {
  const place = new SftpPlace({
    host: '127.0.0.1',
    port: server.port,
    user: server.user,
    identity: server.key,
    folder,
    knownHostsFiles: [server.knownHosts],
    askSecret: () => Promise.resolve(undefined),
    confirmHost: () => Promise.resolve(false),
    ...more,
  });
  return Object.assign(place, { naming, publicUrl });
}
