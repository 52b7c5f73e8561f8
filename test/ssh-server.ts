import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import ssh2, { type AuthContext } from 'ssh2';
import { requireProgram, startListening } from './real-tool';
import { temporaryFolder } from './temporary-folder';

const { Server, utils } = ssh2;

export interface SshServer {
  readonly port: number;
  readonly user: string;
  /** Private key that it lets in, without passphrase. */
  readonly key: string;
  /** The same, with `PASSPHRASE`. */
  readonly lockedKey: string;
  /** Knows the host's key. */
  readonly knownHosts: string;
  /** Ends all connections, of which there must be one. */
  readonly hangUp: () => void;
}

/** Made anew by each test file: a list of processes shows what any of them gives to ssh-keygen. */
export const PASSPHRASE = `open sesame ${randomUUID()}`;

interface SshdOptions {
  /** Types of its host keys. */
  readonly hostKeys?: readonly ('ed25519' | 'rsa')[];
  /** Where commands are looked for by those who log in. */
  readonly path?: string;
}

/** sshd as a process of its own with keys and a configuration of its own, on a free port of 127.0.0.1. */
export async function startSshd({ hostKeys = ['ed25519'], path }: SshdOptions = {}): Promise<SshServer> {
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
  // Debian's sshd wants this folder to be there, even where it isn't started as a service.
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
Subsystem sftp internal-sftp
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
    hangUp: () => void execFileSync('pkill', ['-KILL', '-P', String(child.pid)]),
  };
}

/**
 * A server that lets in who knows the password, by one method alone, and does nothing more: sshd would need a user of
 * the system with that password.
 */
export async function startPasswordServer(
  method: 'password' | 'keyboard-interactive',
  password: string,
): Promise<Pick<SshServer, 'port' | 'knownHosts'>> {
  const folder = await temporaryFolder();
  const { private: hostKey, public: publicKey } = utils.generateKeyPairSync('ed25519');
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method !== method) context.reject([method]);
      else if (context.method === 'password') finish(context, context.password);
      else if (context.method === 'keyboard-interactive') {
        context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => finish(context, answer));
      }
    });
  });
  const finish = (context: AuthContext, answer: string | undefined): void => {
    if (answer === password) context.accept();
    else context.reject([method]);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${publicKey}\n`);
  return { port, knownHosts };
}
