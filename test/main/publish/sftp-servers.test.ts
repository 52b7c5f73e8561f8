import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startBreakingProxy } from '../../breaking-proxy';
import type { SshServer } from '../../ssh-server';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { lacksNssWrapper, withNames } from '../../nss-wrapper';
import { describeWith, describeWithPython, requireProgram, startListening } from '../../real-tool';
import { startStallingProxy } from '../../stalling-proxy';
import { temporaryFolder } from '../../temporary-folder';
import { addToInfo, expectSame, filesOf, publish, sshTarget } from './publish-folder';

const SCALE = '10_10_20';

const NOTHING = { lockedKey: '', hangUp: () => undefined, letIn: () => Promise.resolve() };

/** Starts a server of `test/fixtures/sftp-servers`, which accepts one key. */
async function startServer(python: string, script: string): Promise<SshServer> {
  const folder = await temporaryFolder();
  const [key, hostKey] = [join(folder, 'key'), join(folder, 'host')];
  for (const [file, type] of [
    [key, 'ed25519'],
    [hostKey, 'ecdsa'],
  ] as const) {
    execFileSync(requireProgram('ssh-keygen'), ['-q', '-t', type, '-m', 'PEM', '-N', '', '-f', file]);
  }
  const publicKey = await readFile(`${key}.pub`, 'utf8');
  const path = resolve('test/fixtures/sftp-servers', script);
  const { port } = await startListening(python, (port) => [path, String(port), hostKey, publicKey]);
  const knownHosts = join(folder, 'known_hosts');
  const [type = '', encoded = ''] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ');
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${type} ${encoded}\n`);
  return { ...NOTHING, port, user: 'somebody', key, knownHosts };
}

/** Dropbear, which looks for keys in the home folder of the user who logs in. */
async function startDropbear(): Promise<SshServer> {
  const home = await temporaryFolder();
  const [key, hostKey] = [join(home, 'key'), join(home, 'host')];
  execFileSync(requireProgram('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const made = execFileSync('dropbearkey', ['-t', 'ed25519', '-f', hostKey], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  await mkdir(join(home, '.ssh'), { mode: 0o700 });
  await copyFile(`${key}.pub`, join(home, '.ssh', 'authorized_keys'));
  const { port } = await startListening(
    'dropbear',
    (port) => ['-F', '-E', '-s', '-p', `127.0.0.1:${port}`, '-P', join(home, 'pid'), '-r', hostKey],
    await withNames([], home),
  );
  const knownHosts = join(home, 'known_hosts');
  const [publicKey = ''] = /^ssh-ed25519 \S+/m.exec(made) ?? [];
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${publicKey}\n`);
  return { ...NOTHING, port, user: 'somebody', key, knownHosts };
}

/** rclone's server, which shows the folders of this machine, and writes files only from their start on. */
async function startRclone(): Promise<SshServer> {
  const folder = await temporaryFolder();
  const [key, hostKey] = [join(folder, 'key'), join(folder, 'host')];
  for (const file of [key, hostKey]) {
    execFileSync(requireProgram('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  }
  const options = ['--user', 'somebody', '--authorized-keys', `${key}.pub`, '--key', hostKey];
  const { port } = await startListening(
    'rclone',
    (port) => ['serve', 'sftp', '/', '--addr', `127.0.0.1:${port}`, ...options],
    { ...process.env, RCLONE_CONFIG: join(folder, 'none') },
  );
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${await readFile(`${hostKey}.pub`, 'utf8')}`);
  return { ...NOTHING, port, user: 'somebody', key, knownHosts };
}

function contract(start: () => Promise<SshServer>): void {
  test('gets all, then nothing, then what changed; what is stale goes', async () => {
    const server = await start();
    const from = await temporaryFolder();
    await writeSmallDataset(from, [130, 64, 40], (x) => BigInt(1 + (x >> 4)));
    const folder = join(await temporaryFolder(), 'www', 'set');
    const messages: string[] = [];
    const run = (deleteStale = false) =>
      publish(from, sshTarget(server, folder), {
        deleteStale,
        emit: (event) => {
          if (event.event === 'log') messages.push(event.message);
        },
      });
    expect((await run()).summary).toMatchObject({ files: 21, retries: 0 });
    await expectSame(from, folder);
    expect((await run()).summary).toMatchObject({ files: 0, unchangedFiles: 21 });
    await writeFile(join(from, SCALE, '0-32_0-32_0-32.gz'), 'other');
    await rm(join(from, SCALE, '32-64_0-32_0-32.gz'));
    expect((await run(true)).summary).toMatchObject({ files: 1, deletedFiles: 1, retries: 0 });
    await expectSame(from, folder);
    expect(new Set(messages).size).toBeLessThanOrEqual(2);
  });

  test('gets a file again whose last attempt left an unfinished one', async () => {
    const server = await start();
    const from = await temporaryFolder();
    await writeSmallDataset(from, [40, 40, 40], () => 1n);
    await addToInfo(from, { skeletons: 'large' });
    await mkdir(join(from, 'large'));
    const bytes = Buffer.alloc(9 << 20, 'of a large file');
    await writeFile(join(from, 'large', '0.shard'), bytes);
    const folder = join(await temporaryFolder(), 'set');
    await mkdir(join(folder, 'large'), { recursive: true });
    const mark = createHash('md5').update(bytes).digest('hex').slice(0, 12);
    await writeFile(join(folder, 'large', `.0.shard.${mark}.precomputed-studio-part`), 'o');
    expect((await publish(from, sshTarget(server, folder))).summary).toMatchObject({ retries: 0 });
    await expectSame(from, folder);
  });

  test('gets files whose connections break, from where it can go on with them', async () => {
    const server = await start();
    const { port, breaks } = await startBreakingProxy(server.port, 3 << 20, 2);
    const known = await readFile(server.knownHosts, 'utf8');
    await writeFile(server.knownHosts, known.replaceAll(`:${server.port} `, `:${port} `));
    const from = await temporaryFolder();
    await writeSmallDataset(from, [40, 40, 40], () => 1n);
    await addToInfo(from, { skeletons: 'large' });
    await mkdir(join(from, 'large'));
    for (const [name, size] of [
      ['0.shard', 9 << 20],
      ['1.shard', 1 << 20],
    ] as const) {
      await writeFile(join(from, 'large', name), randomBytes(size));
    }
    const folder = join(await temporaryFolder(), 'set');
    await publish(from, sshTarget({ ...server, port }, folder));
    expect(breaks()).toBe(2);
    const [sent, arrived] = await Promise.all([filesOf(from), filesOf(folder)]);
    for (const [name, bytes] of sent) expect([name, arrived.get(name)?.equals(bytes)]).toEqual([name, true]);
  });

  test('is left at once when the upload is cancelled, even if it no longer answers', async () => {
    const server = await start();
    const { port, stalled } = await startStallingProxy(server.port, 6000);
    const known = await readFile(server.knownHosts, 'utf8');
    await writeFile(server.knownHosts, known.replaceAll(`:${server.port} `, `:${port} `));
    const from = await temporaryFolder();
    await writeSmallDataset(from, [130, 64, 40], (x) => BigInt(1 + (x >> 4)));
    const cancel = new AbortController();
    const target = sshTarget({ ...server, port }, await temporaryFolder());
    void stalled.then(() => cancel.abort());
    await expect(publish(from, target, { signal: cancel.signal })).rejects.toMatchObject({
      tag: 'cancelled',
    });
  });
}

describeWithPython('paramiko', "Paramiko's server, without posix-rename and setstat", (python) =>
  contract(() => startServer(python, 'paramiko-server.py')),
);
describeWithPython('asyncssh', "AsyncSSH's server", (python) =>
  contract(() => startServer(python, 'asyncssh-server.py')),
);
if (!lacksNssWrapper) describeWith('dropbear', 'Dropbear', () => contract(startDropbear));
describeWith('rclone', "rclone's server", () => contract(startRclone));
