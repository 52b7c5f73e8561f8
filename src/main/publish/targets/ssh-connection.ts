import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Client, utils, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import { InvalidInputError, IoError, isStudioError, type StudioError } from '../../../shared/base/errors';
import type { CommandResult } from '../host-command';
import { checkHostKey, hostKeyAlgorithms, readKnownHosts, type HostKeySettings } from './host-key';

/** Asks for a password or the passphrase of a key; undefined where nobody can be asked. */
export type AskSecret = (question: string, kind: 'password' | 'passphrase') => Promise<string | undefined>;

export interface SshSettings extends HostKeySettings {
  /** Default: the name of the local user. */
  readonly user: string | undefined;
  /** A private key's file. */
  readonly identity: string | undefined;
  readonly askSecret: AskSecret;
}

/** How a host let us in; a secret is one that only this process knows. */
export type LoginWay =
  { readonly kind: 'agent' } | { readonly kind: 'key'; readonly file: string } | { readonly kind: 'secret' };

export interface SshConnection {
  readonly client: Client;
  readonly way: LoginWay;
  /** The one that was shown and is trusted. */
  readonly hostKey: Buffer;
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const READY_TIMEOUT_MS = 20_000;

/**
 * Connects and authenticates: with the key file that is named, or else by the agent and the usual key files, then
 * by password. The host's key must be in known_hosts, or be confirmed.
 * @throws InvalidInputError where the host's key has changed or is not trusted, or no way in is granted
 */
export async function connectSsh(settings: SshSettings): Promise<SshConnection> {
  const where = `${settings.user ?? userInfo().username}@${settings.host}:${settings.port}`;
  const knownHosts = await readKnownHosts(settings);
  let refused: unknown;
  for await (const login of logins(settings)) {
    try {
      return await tryLogin(settings, knownHosts, where, login);
    } catch (error) {
      refused = error;
      if (!isLoginRefused(error)) throw connectionError(where, error);
    }
  }
  throw new InvalidInputError(`${where} lets nobody in with what was offered: agent, keys or password.`, {
    remedy: 'Check the user, load the key into the agent (ssh-add), or name it with --identity.',
    fields: { code: 'login-refused', where },
    cause: refused,
  });
}

/** A channel for files. Several over one connection work at the same time. */
export function openSftp(client: Client, where: string): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(connectionError(where, error));
    });
  });
}

/** Runs a script by `sh`. It comes as input, so that neither the list of processes nor a log shows it. */
export function runScript(client: Client, script: string, where: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    client.exec('sh -s', (error, channel) => {
      if (error !== undefined) {
        reject(connectionError(where, error));
        return;
      }
      let stdout = '';
      let stderr = '';
      channel.on('data', (part: Buffer) => (stdout += part.toString()));
      channel.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
      let code = 1;
      channel.on('exit', (status: number | null) => (code = status ?? 1));
      channel.on('close', () => resolve({ code, stdout, stderr }));
      channel.on('error', (failure: Error) => reject(connectionError(where, failure)));
      channel.end(script);
    });
  });
}

interface Login {
  readonly way: LoginWay;
  readonly config: Pick<ConnectConfig, 'agent' | 'privateKey' | 'passphrase' | 'password' | 'tryKeyboard'>;
}

/** The ways in, one after the other; what must be asked for is asked only when its turn comes. */
async function* logins({ identity, askSecret, user, host }: SshSettings): AsyncGenerator<Login> {
  if (identity === undefined) {
    const agent = process.env['SSH_AUTH_SOCK'];
    if (agent !== undefined && agent !== '') yield { way: { kind: 'agent' }, config: { agent } };
  }
  const files =
    identity === undefined ? DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name)) : [identity];
  for (const file of files) {
    const key = await readKey(file, identity !== undefined, askSecret);
    if (key !== undefined) yield key;
  }
  const password = await askSecret(`Password of ${user ?? userInfo().username}@${host}: `, 'password');
  if (password !== undefined) yield { way: { kind: 'secret' }, config: { password, tryKeyboard: true } };
}

async function readKey(file: string, required: boolean, askSecret: AskSecret): Promise<Login | undefined> {
  const privateKey = await readFile(file).catch((error: unknown) => {
    if (!required) return undefined;
    throw new InvalidInputError(`The key file ${file} can't be read.`, {
      remedy: 'Check the path and the rights of the file.',
      cause: error,
    });
  });
  if (privateKey === undefined) return undefined;
  const parsed = utils.parseKey(privateKey);
  if (!(parsed instanceof Error)) return { way: { kind: 'key', file }, config: { privateKey } };
  if (!/passphrase/i.test(parsed.message)) {
    if (!required) return undefined;
    throw new InvalidInputError(`${file} holds no private key.`, {
      remedy: 'Name the file of a private key.',
    });
  }
  const passphrase = await askSecret(`Passphrase of ${file}: `, 'passphrase');
  if (passphrase === undefined) return undefined;
  if (utils.parseKey(privateKey, passphrase) instanceof Error) {
    throw new InvalidInputError(`The passphrase doesn't open ${file}.`, {
      remedy: 'Try again.',
      fields: { code: 'wrong-passphrase' },
    });
  }
  return { way: { kind: 'secret' }, config: { privateKey, passphrase } };
}

function tryLogin(
  settings: SshSettings,
  knownHosts: string,
  where: string,
  { way, config }: Login,
): Promise<SshConnection> {
  const client = new Client();
  let hostKey = Buffer.alloc(0);
  let untrusted: StudioError | undefined;
  return new Promise((resolve, reject) => {
    client.once('ready', () => resolve({ client, way, hostKey }));
    // Some hosts ask for the password in this way alone.
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => String(config.password ?? ''))),
    );
    client.once('error', (error) => {
      client.end();
      reject(untrusted ?? error);
    });
    client.connect({
      host: settings.host,
      port: settings.port,
      username: settings.user ?? userInfo().username,
      readyTimeout: READY_TIMEOUT_MS,
      keepaliveInterval: 15_000,
      algorithms: { serverHostKey: hostKeyAlgorithms(knownHosts, settings.host, settings.port) },
      hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
        checkHostKey(settings, knownHosts, where, key).then(
          () => {
            hostKey = Buffer.from(key);
            verify(true);
          },
          (error: unknown) => {
            untrusted = isStudioError(error) ? error : undefined;
            verify(false);
          },
        );
      },
      ...config,
    });
  });
}

function isLoginRefused(error: unknown): boolean {
  return error instanceof Error && 'level' in error && error.level === 'client-authentication';
}

function connectionError(where: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new IoError(`Can't speak with ${where} by SSH: ${message}.`, {
    remedy: 'Check the name and port of the host and the network.',
    fields: { code, where },
    retryable: !['ENOTFOUND', 'ECONNREFUSED'].includes(code),
    cause: error,
  });
}
