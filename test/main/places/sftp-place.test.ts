import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type SFTPWrapper } from 'ssh2';
import { beforeAll, expect, test, vi } from 'vitest';
import { Retrier } from '../../../src/main/base/retrier';
import { attributesOf, outgoingBytes } from '../../../src/main/places/outgoing-file';
import type { OutgoingObject } from '../../../src/main/places/place';
import { SftpPlace } from '../../../src/main/places/ssh/sftp-place';
import type { WritablePlace } from '../../../src/main/places/file-place';
import { testPlaceConformance } from '../../conformance/place-conformance';
import { openRemote } from '../../conformance/remote-place';
import { atEnd } from '../../end-with-test';
import { describeWith } from '../../real-tool';
import { startSshd, type SshServer } from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';

/** More than a part. */
const LARGE = Buffer.from(new Uint8Array(9 << 20).map((_, i) => (i * 7) ^ (i >> 8)));

/** Something that a test lets happen. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

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

  /** A large object that tells before each piece of it is read. */
  function largeObject(beforeRead: (offset: number) => Promise<unknown> | undefined): OutgoingObject {
    const whole = outgoingBytes(LARGE, attributesOf('0.shard'));
    return {
      ...whole,
      read: async (offset, length) => {
        await beforeRead(offset);
        return whole.read(offset, length);
      },
    };
  }

  /** Opens a place as another process does, which knows what is in the folder. */
  async function processAt(folder: string) {
    const place = placeAt(folder);
    atEnd(() => place.close());
    const { signal } = new AbortController();
    await place.list('');
    return { put: (object: OutgoingObject) => place.put(object, signal) };
  }

  /** Waits until something in a folder has so many bytes. */
  async function untilArrived(folder: string, bytes: number): Promise<void> {
    for (;;) {
      const names = await readdir(folder);
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
      if (Math.max(0, ...sizes) >= bytes) return;
      await sleep(10);
    }
  }

  test('of two processes that send the same large file, one that ends leaves that of the other whole', async () => {
    const folder = join(root, randomUUID());
    await mkdir(folder);
    const [begun, done] = [gate(), gate()];
    const [first, second] = await Promise.all([processAt(folder), processAt(folder)]);
    const cut = largeObject(() => {
      begun.open();
      return done.opened.then(() => Promise.reject(new Error('power cut')));
    });
    let ended: Promise<unknown> = Promise.resolve();
    const whole = largeObject((offset) => {
      if (offset < 1 << 20) return undefined;
      if (offset === 1 << 20) {
        ended = untilArrived(folder, 1 << 20).then(() =>
          expect(second.put(cut)).rejects.toThrow('power cut'),
        );
      }
      return begun.opened;
    });
    await first.put(whole);
    done.open();
    await ended;
    expect((await readFile(join(folder, '0.shard'))).equals(LARGE)).toBe(true);
  });

  test('a process goes on with a large file of another, which then sends it again', async () => {
    const folder = join(root, randomUUID());
    await mkdir(folder);
    const done = gate();
    const first = await processAt(folder);
    const slow = largeObject((offset) => (offset < 5 << 20 ? undefined : done.opened));
    const putting = first.put(slow);
    await untilArrived(folder, 5 << 20);
    const offsets: number[] = [];
    await (await processAt(folder)).put(largeObject((offset) => void offsets.push(offset)));
    expect(Math.min(...offsets)).toBeGreaterThan(1 << 20);
    done.open();
    await expect(putting).rejects.toMatchObject({ retryable: true });
    await first.put(slow);
    expect(await readdir(folder)).toEqual(['0.shard']);
    expect((await readFile(join(folder, '0.shard'))).equals(LARGE)).toBe(true);
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
