import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { SftpPlace } from '../../../src/main/places/ssh/sftp-place';
import type { WritablePlace } from '../../../src/main/places/place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { describeWith } from '../../real-tool';
import { startSshd, type SshServer } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';

describeWith('sshd', 'a host by SFTP', () => {
  let server: SshServer;
  let root: string;
  beforeAll(async () => {
    server = await startSshd();
    root = await temporaryFolder();
  });

  const open = (folder: string): Promise<WritablePlace> =>
    openRemote(
      new SftpPlace({
        host: '127.0.0.1',
        port: server.port,
        user: server.user,
        identity: server.key,
        knownHostsFiles: [server.knownHosts],
        folder,
        askSecret: () => Promise.resolve(undefined),
        confirmHost: () => Promise.resolve(false),
      }),
    );

  testPlaceConformance(
    'with one connection a place',
    async () => {
      const folder = join(root, randomUUID());
      const [store, other] = await Promise.all([open(folder), open(folder)]);
      return { store, reopen: () => other };
    },
    { keysArePaths: true, hidesDotted: true },
  );

  test('writes and reads an object in many calls', async () => {
    const place = await open(join(root, 'large'));
    const bytes = new Uint8Array(9 << 20).map((_, i) => (i * 7) ^ (i >> 8));
    await place.put('a/b', bytes);
    expect(Buffer.from(bytes).equals((await place.get('a/b')) ?? new Uint8Array())).toBe(true);
    const range = await place.getRange('a/b', 1_000_001, 700_000);
    expect(
      Buffer.from(bytes)
        .subarray(1_000_001, 1_700_001)
        .equals(range ?? new Uint8Array()),
    ).toBe(true);
  });
});
