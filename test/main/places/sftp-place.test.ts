import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Client, type SFTPWrapper } from 'ssh2';
import { beforeAll, expect, test, vi } from 'vitest';
import { Retrier } from '../../../src/main/base/retrier';
import { SftpPlace } from '../../../src/main/places/ssh/sftp-place';
import type { WritablePlace } from '../../../src/main/places/file-place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { atEnd } from '../../end-with-test';
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

  const placeAt = (folder: string): SftpPlace =>
    new SftpPlace({
      host: '127.0.0.1',
      port: server.port,
      user: server.user,
      identity: server.key,
      knownHostsFiles: [server.knownHosts],
      folder,
      askSecret: () => Promise.resolve(undefined),
      confirmHost: () => Promise.resolve(false),
    });
  const open = (folder: string): Promise<WritablePlace> => openRemote(placeAt(folder));

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

  test('a connection that breaks while its channels are being opened is made again', async () => {
    const { sftp } = Client.prototype;
    let opened = 0;
    const spy = vi.spyOn(Client.prototype, 'sftp').mockImplementation(function (this: Client, ...args) {
      const done = args.at(-1) as (error: Error | undefined, channel: SFTPWrapper) => void;
      opened++;
      // Of the first connection, the last two channels are never opened: it breaks once there is a second one.
      if (opened === 3 || opened === 4) return this;
      if (opened !== 2) return sftp.call(this, done);
      return sftp.call(this, (error, channel) => {
        done(error, channel);
        setImmediate(() => this.destroy());
      });
    });
    try {
      const place = placeAt(root);
      atEnd(() => place.close());
      const { run } = new Retrier(new AbortController().signal, 5);
      const found = await Promise.all(['a', 'b', 'c'].map((key) => run(() => place.get(key))));
      expect(found).toEqual([undefined, undefined, undefined]);
      expect(opened).toBeGreaterThan(4);
    } finally {
      spy.mockRestore();
    }
  });
});
