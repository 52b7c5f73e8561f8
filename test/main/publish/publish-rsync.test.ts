import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PublishEvent } from '../../../src/shared/api/publish-events';
import { keyTypeOf } from '../../../src/main/places/ssh/host-key';
import { runRsync } from '../../../src/main/publish/targets/rsync-run';
import type { SftpTargetOptions } from '../../../src/main/publish/targets/sftp-target';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { describeWith, requireProgram } from '../../real-tool';
import { PASSPHRASE, startSshd, type SshServer } from '../../ssh-server';
import { startStallingProxy } from '../../stalling-proxy';
import { temporaryFolder } from '../../temporary-folder';
import { addToInfo, expectSame, filesOf, publish, sshTarget } from './publish-folder';

const SCALE = '10_10_20';
const LARGE_BYTES = 64 << 20;
const ODD_NAMES = [" a b'$x.gz", '#c', 'new\nline', 'ü', '-v', 'back\\#012slash', '*'];
const BY_RSYNC: Partial<SftpTargetOptions> = { transfer: 'rsync' };

async function smallDataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  return folder;
}

async function datasetOfManyFiles(): Promise<string> {
  const folder = await smallDataset();
  await mkdir(join(folder, 'mesh'));
  await addToInfo(folder, { mesh: 'mesh' });
  for (let i = 0; i < 1000; i++) writeFileSync(join(folder, 'mesh', `${i}:0`), `{"fragments":["${i}"]}`);
  return folder;
}

async function datasetWithLargeFile(): Promise<string> {
  const folder = await smallDataset();
  await mkdir(join(folder, 'large'));
  await addToInfo(folder, { skeletons: 'large' });
  await writeFile(join(folder, 'large', '0.shard'), randomBytes(LARGE_BYTES));
  return folder;
}

/** Publishes, and also returns the log. */
async function publishTelling(
  from: string,
  server: SshServer,
  folder: string,
  more: Partial<SftpTargetOptions> = {},
  request: Parameters<typeof publish>[2] = {},
) {
  const messages: string[] = [];
  const emit = (event: PublishEvent): void => {
    if (event.event === 'log') messages.push(event.message);
  };
  const result = await publish(from, sshTarget(server, folder, more), { emit, ...request });
  return { ...result, messages };
}

/** Returns a second port of the host, on which a large file doesn't arrive completely until it is released. */
async function startStalling(server: SshServer) {
  const { port, release } = await startStallingProxy(server.port, LARGE_BYTES / 4);
  const knownHosts = join(await temporaryFolder(), 'known_hosts');
  const known = await readFile(server.knownHosts, 'utf8');
  await writeFile(knownHosts, known.replaceAll(`:${server.port} `, `:${port} `));
  return { stalling: { ...server, port, knownHosts }, release };
}

/** Waits until a part of the large file has arrived at the host. */
async function untilBegun(folder: string): Promise<void> {
  const arrived = async () => {
    const names = await readdir(join(folder, 'large')).catch(() => []);
    const name = names.find((hidden) => hidden.startsWith('.0.shard.'));
    return name === undefined ? 0 : (await stat(join(folder, 'large', name))).size;
  };
  await expect.poll(arrived).toBeGreaterThan(LARGE_BYTES / 16);
}

describeWith('rsync', 'a host by SSH with rsync', () => {
  test('gets all with odd names, then nothing, then what changed; what is stale goes', async () => {
    const server = await startSshd();
    const from = await smallDataset();
    await mkdir(join(from, 'odd folder'));
    await addToInfo(from, { skeletons: 'odd folder' });
    for (const name of ODD_NAMES) await writeFile(join(from, 'odd folder', name), `of ${name}`);
    await chmod(join(from, 'odd folder', 'ü'), 0o600);
    const folder = join(await temporaryFolder(), "www's", 'a set');
    const first = await publishTelling(from, server, folder, BY_RSYNC);
    expect(first.messages).toEqual([expect.stringMatching(/^\d+ files are sent by rsync\.$/)]);
    await expectSame(from, folder);
    const sent = await stat(join(folder, 'odd folder', 'ü'));
    expect(sent.mode & 0o777).toBe(0o666 & ~process.umask());
    const again = await publishTelling(from, server, folder, BY_RSYNC);
    expect(again).toMatchObject({ messages: [], summary: { files: 0 } });

    const chunk = join(folder, SCALE, '0-32_0-32_0-32.gz');
    const { mtime } = await stat(chunk);
    await writeFile(chunk, (await readFile(chunk)).fill(0));
    await utimes(chunk, mtime, mtime);
    await writeFile(join(from, 'odd folder', '#c'), 'other');
    await rm(join(from, SCALE, '64-70_0-32_0-32.gz'));
    const third = await publishTelling(from, server, folder, BY_RSYNC, { checksum: true, deleteStale: true });
    expect(third.summary).toMatchObject({ files: 2, deletedFiles: 1 });
    await expectSame(from, folder);
  });

  test('many files go by rsync by themselves, few do not, and none with --transfer sftp', async () => {
    const server = await startSshd();
    const from = await datasetOfManyFiles();
    const [byRsync, bySftp] = [await temporaryFolder(), await temporaryFolder()];
    expect((await publishTelling(from, server, byRsync)).messages).toHaveLength(1);
    await expectSame(from, byRsync);
    expect((await publishTelling(from, server, bySftp, { transfer: 'sftp' })).messages).toEqual([]);
    await expectSame(from, bySftp);
    expect((await publishTelling(await smallDataset(), server, await temporaryFolder())).messages).toEqual(
      [],
    );
  });

  test('unzips what is to be unzipped', async () => {
    const server = await startSshd();
    const from = await smallDataset();
    const folder = await temporaryFolder();
    await publishTelling(from, server, folder, { ...BY_RSYNC, naming: 'unzipped' });
    const names = [...(await filesOf(from)).keys()].map((name) => name.replace(/\.gz$/, ''));
    expect([...(await filesOf(folder)).keys()].sort()).toEqual(names.sort());
  });

  test('cancelled within a large file, it keeps what has arrived and goes on by rsync', async () => {
    const { stalling, release } = await startStalling(await startSshd());
    const from = await datasetWithLargeFile();
    const folder = await temporaryFolder();
    const cancel = new AbortController();
    const sending = publishTelling(from, stalling, folder, BY_RSYNC, { signal: cancel.signal });
    const cancelled = expect(sending).rejects.toMatchObject({ tag: 'cancelled' });
    await untilBegun(folder);
    cancel.abort();
    await cancelled;
    release();
    const kept = join(folder, 'large', '.precomputed-studio-part');
    await expect.poll(() => readdir(kept).catch(() => [])).toEqual(['0.shard']);
    expect([...(await filesOf(folder)).keys()]).not.toContain('info');
    const { messages } = await publishTelling(from, stalling, folder);
    expect(messages).toEqual([expect.stringContaining('by rsync')]);
    await expectSame(from, folder);
    expect(await readdir(join(folder, 'large'))).toEqual(['0.shard']);
  });

  test('goes on when the connection breaks', async () => {
    const server = await startSshd();
    const { stalling, release } = await startStalling(server);
    const from = await datasetWithLargeFile();
    const folder = await temporaryFolder();
    const sending = publishTelling(from, stalling, folder, BY_RSYNC);
    await untilBegun(folder);
    server.hangUp();
    release();
    expect((await sending).summary?.retries).toBeGreaterThan(0);
    await expectSame(from, folder);
  });

  test('a file that changes meanwhile keeps info from going up', async () => {
    const server = await startSshd();
    const from = await smallDataset();
    const folder = await temporaryFolder();
    const emit = (event: PublishEvent): void => {
      if (event.event === 'log') writeFileSync(join(from, SCALE, '0-32_0-32_0-32.gz'), 'other');
    };
    await expect(publishTelling(from, server, folder, BY_RSYNC, { emit })).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('changed') as string,
    });
    expect([...(await filesOf(folder)).keys()]).not.toContain('info');
  });

  test('that has none, or a way in that it cannot take: by SFTP, unless rsync is asked for', async () => {
    const path = await temporaryFolder();
    await symlink(requireProgram('sh'), join(path, 'sh'));
    const server = await startSshd({ path });
    const from = await datasetOfManyFiles();
    const folder = await temporaryFolder();
    await expect(publishTelling(from, server, folder, BY_RSYNC)).rejects.toMatchObject({
      fields: { code: 'no-rsync' },
    });
    const { messages } = await publishTelling(from, server, folder);
    expect(messages).toEqual([expect.stringContaining('the host has no rsync')]);
    await expectSame(from, folder);
    const locked = { identity: server.lockedKey, askSecret: () => Promise.resolve(PASSPHRASE) };
    const other = await publishTelling(from, server, join(folder, 'other'), locked);
    expect(other.messages).toEqual([expect.stringContaining('passphrase')]);
  });

  test('a folder that cannot be written is reported', async () => {
    const server = await startSshd();
    const from = await smallDataset();
    const folder = await temporaryFolder();
    await writeFile(join(folder, SCALE), 'a file in the way');
    await expect(publishTelling(from, server, folder, BY_RSYNC)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining(SCALE) as string,
    });
  });

  test('a host key that has changed is refused, by the ssh that rsync uses too', async () => {
    const server = await startSshd();
    const from = await smallDataset();
    const folder = await temporaryFolder();
    const [name, type, encoded = ''] = (await readFile(server.knownHosts, 'utf8')).trim().split(' ');
    const hostKey = Buffer.from(encoded, 'base64');
    expect(keyTypeOf(hostKey)).toBe('ssh-ed25519');
    hostKey.writeUInt8(hostKey.readUInt8(40) ^ 1, 40);
    const { port, user } = server;
    const route = {
      host: '127.0.0.1',
      port,
      user,
      way: { kind: 'key', file: server.key },
      hostKey,
      isDirect: true,
    } as const;
    const run = { route, from, to: folder, names: ['info'], signal: new AbortController().signal };
    await expect(runRsync({ ...run, onSent: () => Promise.resolve() })).rejects.toMatchObject({
      fields: { code: 'rsync-unusable' },
    });
    await writeFile(server.knownHosts, `${name} ${type} ${hostKey.toString('base64')}\n`);
    await expect(publishTelling(from, server, folder, BY_RSYNC)).rejects.toMatchObject({
      fields: { code: 'host-key-changed' },
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
