import { execFileSync, spawn } from 'node:child_process';
import { createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import { requireProgram, startListening } from './real-tool';
import { temporaryFolder } from './temporary-folder';

const { Server, utils } = ssh2;

export interface SshServer {
  readonly port: number;
  readonly user: string;
  /** A private key without passphrase that the server accepts. */
  readonly key: string;
  /** Another one, with the passphrase `PASSPHRASE`. */
  readonly lockedKey: string;
  /** A known_hosts file with the server's key. */
  readonly knownHosts: string;
  /** Makes the server accept another key, given in the format of authorized_keys. */
  readonly letIn: (publicKey: string) => Promise<void>;
  /** Ends all connections; there has to be at least one. */
  readonly hangUp: () => void;
}

/**
 * Each test file has a different passphrase, because a list of processes shows what other ones pass to ssh-keygen.
 */
export const PASSPHRASE = `open sesame ${randomUUID()}`;

interface SshdOptions {
  /** The types of its host keys. */
  readonly hostKeys?: readonly ('ed25519' | 'rsa')[];
  /** The PATH for commands of logged-in users. */
  readonly path?: string;
  /** The lines of the configuration for SFTP. */
  readonly subsystem?: string;
}

/** Starts sshd as a separate process with its own keys and configuration, on a free port of 127.0.0.1. */
export async function startSshd({
  hostKeys = ['ed25519'],
  path,
  subsystem = 'Subsystem sftp internal-sftp',
}: SshdOptions = {}): Promise<SshServer> {
  const folder = await temporaryFolder();
  const keygen = (file: string, passphrase: string, type = 'ed25519') =>
    execFileSync(requireProgram('ssh-keygen'), [
      '-q',
      '-t',
      type,
      '-N',
      passphrase,
      '-f',
      join(folder, file),
    ]);
  for (const type of hostKeys) keygen(`host-${type}`, '', type);
  keygen('key', '');
  keygen('locked', PASSPHRASE);
  const authorized = await Promise.all(
    ['key.pub', 'locked.pub'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  await writeFile(join(folder, 'authorized'), authorized.join(''));
  await chmod(join(folder, 'authorized'), 0o600);
  // Debian's sshd requires this folder, even if it isn't started as a service.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const { child, port } = await startListening('sshd', async (port) => {
    const config = `
Port ${port}
ListenAddress 127.0.0.1
${hostKeys.map((type) => `HostKey ${folder}/host-${type}`).join('\n')}
PidFile ${folder}/pid
AuthorizedKeysFile ${folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
MaxStartups 50
${subsystem}
${path === undefined ? '' : `SetEnv PATH=${path}`}
`;
    await writeFile(join(folder, 'config'), config);
    return ['-D', '-e', '-f', join(folder, 'config')];
  });
  const known = hostKeys.map(async (hostKey) => {
    const [type = '', key = ''] = (await readFile(join(folder, `host-${hostKey}.pub`), 'utf8')).split(' ');
    return `[127.0.0.1]:${port} ${type} ${key}\n`;
  });
  await writeFile(join(folder, 'known_hosts'), (await Promise.all(known)).join(''));
  return {
    port,
    user: userInfo().username,
    key: join(folder, 'key'),
    lockedKey: join(folder, 'locked'),
    knownHosts: join(folder, 'known_hosts'),
    letIn: (publicKey) => appendFile(join(folder, 'authorized'), `${publicKey}\n`),
    hangUp: () => void execFileSync('pkill', ['-KILL', '-P', String(child.pid)]),
  };
}

/**
 * Starts a server that accepts a password, with a single method, and does nothing else. sshd would need a system user
 * with that password.
 * @param refuse what it does after a key or a wrong password; by default it says which method is possible
 */
export async function startPasswordServer(
  method: 'password' | 'keyboard-interactive',
  password: string,
  refuse: (context: AuthContext, client: Connection) => void = (context) => context.reject([method]),
): Promise<Pick<SshServer, 'port' | 'knownHosts'>> {
  const folder = await temporaryFolder();
  const { private: hostKey, public: publicKey } = utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method === 'publickey') refuse(context, client);
      else if (context.method !== method) context.reject([method]);
      else if (context.method === 'password') finish(client, context, context.password);
      else if (context.method === 'keyboard-interactive') {
        context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
          finish(client, context, answer),
        );
      }
    });
  });
  const finish = (client: Connection, context: AuthContext, answer: string | undefined): void => {
    if (answer === password) context.accept();
    else refuse(context, client);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${publicKey}\n`);
  return { port, knownHosts };
}

/** Returns the public half of a key in the format of authorized_keys. */
export function openSshPublicKey(privateKey: KeyObject): string {
  const field = (content: string | Buffer): Buffer => {
    const bytes = Buffer.from(content);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const part = (name: 'x' | 'y' | 'n' | 'e'): Buffer => Buffer.from(String(jwk[name]), 'base64url');
  const whole = (bytes: Buffer): Buffer =>
    (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
  const [type, fields] =
    jwk.kty === 'OKP'
      ? ['ssh-ed25519', [part('x')]]
      : jwk.kty === 'EC'
        ? ['ecdsa-sha2-nistp256', ['nistp256', Buffer.concat([Buffer.from([4]), part('x'), part('y')])]]
        : ['ssh-rsa', [whole(part('e')), whole(part('n'))]];
  const blob = Buffer.concat([field(type), ...(fields as (string | Buffer)[]).map(field)]);
  return `${type} ${blob.toString('base64')}`;
}

const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

function giveSftp(channel: ServerChannel): void {
  const child = spawn(SFTP_SERVER, { stdio: ['pipe', 'pipe', 'ignore'] });
  channel.on('close', () => child.kill());
  channel.pipe(child.stdin);
  child.stdout.pipe(channel);
}

/** Starts a server that requires a key and then the answers to two questions, and gives SFTP to files of this machine. */
export async function startTwoFactorServer(
  password: string,
  code: string,
): Promise<Pick<SshServer, 'port' | 'knownHosts' | 'key'>> {
  const folder = await temporaryFolder();
  const host = utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const own = utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const server = new Server({ hostKeys: [host.private] }, (client) => {
    let hasKey = false;
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method === 'publickey' && !hasKey) {
        if (context.signature === undefined) return context.accept();
        hasKey = true;
        return context.reject(['keyboard-interactive'], true);
      }
      if (context.method !== 'keyboard-interactive' || !hasKey) return context.reject(['publickey']);
      const prompts = [
        { prompt: 'Password: ', echo: false },
        { prompt: 'Verification code: ', echo: false },
      ];
      context.prompt(prompts, (answers) => {
        if (answers[0] === password && answers[1] === code) context.accept();
        else context.reject();
      });
    });
    client.on('session', (accept) =>
      accept().on('subsystem', (acceptSubsystem) => giveSftp(acceptSubsystem())),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const [knownHosts, key] = [join(folder, 'known_hosts'), join(folder, 'key')];
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${host.public}\n`);
  await writeFile(key, own.private, { mode: 0o600 });
  return { port, knownHosts, key };
}
