import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectSsh } from '../../../src/main/places/ssh/ssh-connection';
import { readSshConfig } from '../../../src/main/places/ssh/ssh-config';
import { startBreakingProxy } from '../../breaking-proxy';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { describeWith, requireProgram } from '../../real-tool';
import {
  openSshPublicKey,
  PASSPHRASE,
  startPasswordServer,
  startSshd,
  startTwoFactorServer,
  type SshServer,
} from '../../ssh-server';
import { temporaryFolder } from '../../temporary-folder';
import { addToInfo, expectSame, filesOf, publish, sshTarget } from './publish-folder';

async function smallDataset(): Promise<string> {
  const folder = await temporaryFolder();
  await writeSmallDataset(folder, [200, 200, 100], (x) => BigInt(1 + (x >> 4)));
  return folder;
}

const loginAt = ({ port, knownHosts }: { readonly port: number; readonly knownHosts: string }) => ({
  host: '127.0.0.1',
  port,
  user: 'somebody',
  identity: undefined,
  configFile: 'none',
  knownHostsFiles: [knownHosts],
  confirmHost: () => Promise.resolve(false),
});

test('a host that says nothing, at first or after the exchange of keys, is given up soon and not tried again', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  onTestFinished(() => void mute.close());
  const hanging = await startPasswordServer('password', 'open sesame', () => undefined);
  const identity = join(await temporaryFolder(), 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(identity, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  for (const port of [(mute.address() as AddressInfo).port, hanging.port]) {
    const settings = { ...loginAt({ ...hanging, port }), identity, silenceMs: 400 };
    const connecting = connectSsh({ ...settings, askSecret: () => Promise.resolve(undefined) });
    await expect(connecting).rejects.toMatchObject({
      fields: { code: 'no-answer' },
      message: `somebody@127.0.0.1:${port} takes the connection, but does not answer.`,
      retryable: false,
    });
  }
});

test('a person may take longer to answer than a host may be silent', async () => {
  const server = await startPasswordServer('password', 'open sesame');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const askSecret = () => {
    vi.advanceTimersByTime(60_000);
    return Promise.resolve('open sesame');
  };
  const client = await connectSsh({ ...loginAt(server), silenceMs: 30_000, askSecret });
  client.end();
});

describeWith('sshd', 'a host by SSH that fails', () => {
  test.each([1, 700, 1300, 1900, 6000, 12_000, 40_000])(
    'connections that break after %i bytes, several times, only cost retries',
    async (bytes) => {
      const server = await startSshd();
      const { port } = await startBreakingProxy(server.port, bytes, 3);
      const known = await readFile(server.knownHosts, 'utf8');
      await writeFile(server.knownHosts, known + known.replaceAll(`:${server.port} `, `:${port} `));
      const from = await smallDataset();
      const folder = await temporaryFolder();
      const { summary } = await publish(from, sshTarget({ ...server, port }, folder));
      expect(summary?.retries).toBeGreaterThan(0);
      await expectSame(from, folder);
    },
  );

  /** A dataset with a file that is named after its bytes while it is sent, and one that goes in several calls. */
  async function largeDataset(): Promise<string> {
    const from = await smallDataset();
    await mkdir(join(from, 'mesh'));
    await addToInfo(from, { mesh: 'mesh' });
    await writeFile(join(from, 'mesh', '0.shard'), randomBytes(9 << 20));
    await writeFile(join(from, 'mesh', '1.shard'), randomBytes(220 << 10));
    return from;
  }

  async function trust({ knownHosts, port }: SshServer, proxyPort: number): Promise<void> {
    const known = await readFile(knownHosts, 'utf8');
    await writeFile(knownHosts, known + known.replaceAll(`:${port} `, `:${proxyPort} `));
  }

  test('large files get through connections that all break before a file, or a part of one, is through', async () => {
    const server = await startSshd();
    const proxy = await startBreakingProxy(server.port, 1_500_000);
    await trust(server, proxy.port);
    const from = await largeDataset();
    const folder = await temporaryFolder();
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    onTestFinished(() => void process.off('warning', warn));
    await publish(from, sshTarget({ ...server, port: proxy.port }, folder));
    expect(warnings).toEqual([]);
    // Each connection carries something, and nothing that was confirmed is sent again.
    expect(proxy.breaks()).toBeGreaterThan(5);
    expect(proxy.breaks()).toBeLessThan(20);
    await expectSame(from, folder);
  });

  test('connections that all break before anything is through are given up', async () => {
    const server = await startSshd();
    const proxy = await startBreakingProxy(server.port, 6000);
    await trust(server, proxy.port);
    const target = sshTarget({ ...server, port: proxy.port }, await temporaryFolder());
    await expect(publish(await smallDataset(), target)).rejects.toMatchObject({
      fields: { code: 'broken-off' },
    });
  });

  test('a large file whose start was still being read when it was interrupted is sent from there', async () => {
    const server = await startSshd();
    const from = await largeDataset();
    const folder = await temporaryFolder();
    const stopping = sshTarget(server, folder);
    const put = stopping.put.bind(stopping);
    vi.spyOn(stopping, 'put').mockImplementation((object, signal) => {
      const read = async (offset: number, length: number): Promise<Buffer> => {
        if (object.sizeBytes < 9 << 20 || offset > 0) return object.read(offset, length);
        await sleep(500);
        throw new Error('power cut');
      };
      return put({ ...object, read }, signal);
    });
    await expect(publish(from, stopping)).rejects.toThrow('power cut');
    await publish(from, sshTarget(server, folder));
    await expectSame(from, folder);
  });

  test('a host that was there and is away is tried again', async () => {
    const server = await startSshd();
    const proxy = await startBreakingProxy(server.port, Number.POSITIVE_INFINITY);
    const known = await readFile(server.knownHosts, 'utf8');
    await writeFile(server.knownHosts, known.replaceAll(`:${server.port} `, `:${proxy.port} `));
    const place = sshTarget({ ...server, port: proxy.port }, await temporaryFolder());
    onTestFinished(() => place.close());
    await place.prepare();
    await proxy.stop();
    await expect(place.get('info')).rejects.toMatchObject({ tag: 'io', retryable: true });
    await expect(place.get('info')).rejects.toMatchObject({ tag: 'io', retryable: true });
  });

  test.each([
    ['no subsystem', 'Subsystem sftp /nonexistent'],
    ['a forced command', 'Subsystem sftp internal-sftp\nForceCommand true'],
    ['text before SFTP begins', 'Subsystem sftp internal-sftp\nForceCommand echo Welcome to this host; cat'],
  ])('%s is reported at once and not tried again', async (_, subsystem) => {
    const server = await startSshd({ subsystem });
    const target = sshTarget(server, await temporaryFolder());
    await expect(publish(await smallDataset(), target)).rejects.toMatchObject({
      tag: 'invalid-input',
      fields: { code: 'no-sftp' },
    });
  });

  test('an agent that is gone does not keep a key file from opening the way', async () => {
    const server = await startSshd();
    const home = await temporaryFolder();
    await mkdir(join(home, '.ssh'));
    await writeFile(join(home, '.ssh', 'id_ed25519'), await readFile(server.key), { mode: 0o600 });
    vi.stubEnv('SSH_AUTH_SOCK', join(home, 'gone'));
    vi.stubEnv('HOME', home);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const from = await smallDataset();
    const folder = await temporaryFolder();
    await publish(from, sshTarget(server, folder, { identity: undefined }));
    await expectSame(from, folder);
  });

  test('a narrow umask of the host keeps no web server from reading', async () => {
    const server = await startSshd({ subsystem: 'Subsystem sftp internal-sftp -u 0077' });
    const from = await smallDataset();
    const folder = join(await temporaryFolder(), 'www');
    await publish(from, sshTarget(server, folder));
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o004).toBe(0o004);
    }
    expect((await stat(folder)).mode & 0o005).toBe(0o005);
  });

  test.each([
    ['rsa', 'pkcs8', undefined],
    ['ec', 'pkcs8', PASSPHRASE],
    ['ed25519', 'pkcs8', undefined],
    ['ed25519', 'pkcs8', PASSPHRASE],
  ] as const)('a key of %s in %s opens the way', async (kind, type, passphrase) => {
    const { privateKey } =
      kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : kind === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519');
    const folder = await temporaryFolder();
    const identity = join(folder, 'key.pem');
    const lock = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
    await writeFile(identity, privateKey.export({ type, format: 'pem', ...lock }) as string, { mode: 0o600 });
    const server = await startSshd();
    await server.letIn(openSshPublicKey(privateKey));
    const askSecret = () => Promise.resolve(passphrase);
    const from = await smallDataset();
    const to = await temporaryFolder();
    await publish(from, sshTarget(server, to, { identity, askSecret }));
    await expectSame(from, to);
  });

  test('the configuration of ssh is taken over: name, port, user, key, and the way by another host or program', async () => {
    const server = await startSshd();
    const folder = await temporaryFolder();
    const configFile = join(folder, 'config');
    const text = (more: string): string =>
      `Host lab\n  HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ${server.key}\n` +
      `  UserKnownHostsFile ${server.knownHosts}\n  IdentityAgent none\n${more}`;
    await writeFile(configFile, text(''));
    const settings = { host: 'lab', port: undefined, user: undefined, configFile };
    expect(await readSshConfig(settings)).toMatchObject({ host: '127.0.0.1', port: server.port });
    const from = await smallDataset();
    const direct = await temporaryFolder();
    const more = {
      ...settings,
      identity: undefined,
      knownHostsFiles: undefined as never,
    } as const;
    await publish(from, sshTarget(server, direct, more));
    await expectSame(from, direct);
    await writeFile(
      configFile,
      `${text('  ProxyJump jump\n')}Host jump\n${text('').replace('Host lab\n', '')}`,
    );
    const jumped = await temporaryFolder();
    await publish(from, sshTarget(server, jumped, more));
    expect((await filesOf(jumped)).size).toBe((await filesOf(direct)).size);
    const passing = join(folder, 'pass.cjs');
    await writeFile(
      passing,
      `const [host, port] = process.argv.slice(2);
const socket = require('node:net').connect(port, host);
process.stdin.pipe(socket).pipe(process.stdout);
require('node:fs').writeFileSync(__filename + '.used', host);`,
    );
    await writeFile(configFile, text(`  ProxyCommand '${process.execPath}' '${passing}' %h %p\n`));
    const passed = await temporaryFolder();
    await publish(from, sshTarget(server, passed, more));
    await expectSame(from, passed);
    expect(await readFile(`${passing}.used`, 'utf8')).toBe('127.0.0.1');
  });

  test('an unknown host whose certificate would be accepted gets a message about it', async () => {
    const server = await startSshd();
    const [name, type, key] = (await readFile(server.knownHosts, 'utf8')).split(' ');
    const other = execFileSync(requireProgram('ssh-keygen'), ['-y', '-f', server.key], { encoding: 'utf8' });
    expect([name, type, key]).toBeDefined();
    await writeFile(server.knownHosts, `@cert-authority ${name} ${other}`);
    await expect(publish(await smallDataset(), sshTarget(server, '/nowhere'))).rejects.toMatchObject({
      fields: { code: 'host-key-unknown' },
      remedy: expect.stringContaining('ssh-keyscan') as string,
    });
  });
});

test('a host that asks for a key, a password and a code gets each in turn', async () => {
  const { port, knownHosts, key } = await startTwoFactorServer('open sesame', '123456');
  const questions: string[] = [];
  const client = await connectSsh({
    host: '127.0.0.1',
    port,
    user: 'somebody',
    identity: key,
    knownHostsFiles: [knownHosts],
    confirmHost: () => Promise.resolve(false),
    askSecret: (question, kind) => {
      questions.push(question);
      return Promise.resolve(kind === 'code' ? '123456' : 'open sesame');
    },
  });
  client.end();
  expect(questions).toEqual(['Password of somebody@127.0.0.1: ', 'Verification code: ']);
});

test.each(['password', 'keyboard-interactive'] as const)(
  'a host that ends the connection at a wrong %s is not asked again and again',
  async (method) => {
    let tries = 0;
    const { port, knownHosts } = await startPasswordServer(method, 'open sesame', (_, client) => {
      tries++;
      client.end();
    });
    const connecting = connectSsh({
      host: '127.0.0.1',
      port,
      user: 'somebody',
      identity: undefined,
      configFile: 'none',
      knownHostsFiles: [knownHosts],
      confirmHost: () => Promise.resolve(false),
      askSecret: () => Promise.resolve('wrong'),
    });
    await expect(connecting).rejects.toMatchObject({
      tag: 'invalid-input',
      fields: { code: 'login-refused' },
    });
    expect(tries).toBe(2);
  },
);

test('a host that ends the connection at a key is offered the next key, and asks for the password then', async () => {
  const { port, knownHosts } = await startPasswordServer('password', 'open sesame', (_, client) =>
    client.end(),
  );
  const identity = join(await temporaryFolder(), 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(identity, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const settings = {
    host: '127.0.0.1',
    port,
    user: 'somebody',
    identity,
    configFile: 'none',
    knownHostsFiles: [knownHosts],
    confirmHost: () => Promise.resolve(false),
  };
  const client = await connectSsh({ ...settings, askSecret: () => Promise.resolve('open sesame') });
  client.end();
  const unanswered = connectSsh({ ...settings, askSecret: () => Promise.resolve(undefined) });
  await expect(unanswered).rejects.toMatchObject({
    tag: 'io',
    retryable: true,
    details: [/key/, /password/],
  });
});
