import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import {
  Client,
  type AnyAuthMethod,
  type AuthenticationType,
  type ConnectConfig,
  type SFTPWrapper,
} from 'ssh2';
import { other } from '../../../shared/api/mentions';
import {
  CancelledError,
  InvalidInputError,
  IoError,
  isStudioError,
  type StudioError,
} from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import { explainConnection } from '../../base/connection-error';
import { urlHost } from '../../base/web-address';
import type { CommandResult } from '../../base/run-script';
import { checkHostKey, hostKeyAlgorithms, readKnownHosts, type ConfirmHost } from './host-key';
import { readSshConfig, type NamedHost, type SshConfig } from './ssh-config';
import { logins, Questions, type Login, type LoginSettings } from './ssh-logins';
import { SilenceLimit } from './silence-limit';

export interface SshSettings extends NamedHost, LoginSettings {
  readonly confirmHost: ConfirmHost;
  /** Aborts the attempt at any time. */
  readonly signal?: AbortSignal;
  /** By default the files of the user and of the machine that OpenSSH reads. */
  readonly knownHostsFiles?: readonly string[];
  /** How long the host may be silent while nobody is asked for anything; 30 s by default. */
  readonly silenceMs?: number;
}

/** A slow host may look up the name of this machine before it answers. */
const SILENCE_MS = 30_000;
/** Leaves time for a person to look up a password, touch a key or confirm the login on a phone. */
const LOGIN_TIMEOUT_MS = 120_000;
const SFTP_TIMEOUT_MS = 20_000;
/**
 * The reasons for which a host ends a connection after too many logins that it refused: a protocol error (OpenSSH says
 * so), a login that was given up, no more methods, an unknown user (RFC 4253, section 11.1).
 */
const REFUSING_REASONS = new Set<unknown>([2, 13, 14, 15]);

/**
 * Connects and authenticates according to ~/.ssh/config: with the given key file, or else with the agent and the usual
 * key files; then with a password and with anything else that the host asks for. The host's key must be in known_hosts
 * or be confirmed.
 * @throws InvalidInputError if the host's key has changed or isn't trusted, or if every login is refused; IoError
 */
export async function connectSsh(settings: SshSettings): Promise<Client> {
  const config = await readSshConfig(settings);
  const where = addressOf(config);
  const files = settings.knownHostsFiles ?? (config.knownHosts.length > 0 ? config.knownHosts : undefined);
  const knownHosts = await readKnownHosts(files);
  const problems: string[] = [];
  let refused: unknown;
  let [mayBeLost, isAnswered] = [false, false];
  for await (const login of logins(settings, config, problems)) {
    if (settings.signal?.aborted) throw new CancelledError();
    try {
      return await tryLoginTwice({ settings, config, where, knownHosts }, login);
    } catch (error) {
      refused = error;
      if (!(error instanceof LoginRefused)) throw connectionError(where, error);
      problems.push(error.message);
      mayBeLost ||= error instanceof LoginCutOff && 'key' in (login.offer ?? {});
      isAnswered ||= error.isAnswered;
    }
  }
  // Passwords must not be tried again and again, as many hosts lock users out.
  if (mayBeLost && !isAnswered) throw brokenOff(where, [...new Set(problems)]);
  throw new InvalidInputError(
    `${where} refused the login: no agent key, key file or password was accepted.`,
    {
      remedy: say`Check the user, load the key into the agent (ssh-add), or name it with ${other('identity')}.`,
      details: [...new Set(problems)],
      fields: { code: 'login-refused', where },
      cause: refused,
    },
  );
}

function addressOf({ user, host, port }: SshConfig): string {
  return `${user}@${urlHost(host)}:${port}`;
}

/** Opens a channel for files. One connection can have several at the same time. */
export function openSftp(client: Client, where: string): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      client.off('close', closed);
      reject(isStudioError(error) ? error : noSftp(where, error));
    };
    const closed = (): void => fail(brokenOff(where));
    const timer = setTimeout(() => fail(new Error('no answer')), SFTP_TIMEOUT_MS);
    client.once('close', closed);
    client.sftp((error, sftp) => {
      if (error) return fail(error);
      clearTimeout(timer);
      client.off('close', closed);
      resolve(sftp);
    });
  });
}

function noSftp(where: string, error: unknown): InvalidInputError {
  const said = error instanceof Error ? error.message : String(error);
  return new InvalidInputError(
    `${where} accepted the login, but files can't be sent: SFTP does not start (${said}).`,
    {
      remedy:
        'Try `sftp` by hand. A login that prints text (see ~/.bashrc there), a forced command, or a subsystem ' +
        'sftp that is missing or may not be used (Subsystem, ChrootDirectory in sshd_config) stands in the way.',
      fields: { code: 'no-sftp', where },
      cause: error,
    },
  );
}

/** Makes the error for a lost connection. A new connection may work. */
export function brokenOff(where: string, details: readonly string[] = []): IoError {
  return new IoError(`The connection with ${where} was lost.`, {
    ...(details.length === 0 ? {} : { details }),
    remedy: 'Check the network, then publish again: what has arrived is kept.',
    fields: { code: 'broken-off', where, broken: true },
    retryable: true,
  });
}

/** Reports whether the server names itself as rclone's. ssh2 doesn't show the name in its types. */
export function isRclone(client: Client): boolean {
  const { _remoteVer: name } = client as { readonly _remoteVer?: unknown };
  return typeof name === 'string' && name.startsWith('rclone');
}

/** Runs a script with `sh`. The script is sent as input, so that process lists and logs don't show it. */
export function runScript(client: Client, script: string, where: string): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    client.once('close', () => reject(brokenOff(where)));
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

/** The host refused this login, but may accept another one. */
class LoginRefused extends Error {
  /** @param isAnswered whether the host got an answer to a question, such as a password */
  constructor(
    message: string,
    readonly isAnswered: boolean,
  ) {
    super(message);
  }
}

/** The connection ended during a login for which a host may have ended it, without saying so. */
class LoginCutOff extends LoginRefused {}

interface Attempt {
  readonly settings: SshSettings;
  readonly config: SshConfig;
  readonly where: string;
  readonly knownHosts: string;
}

/**
 * Tries a login, and once more if the connection was lost meanwhile. Some hosts say no by ending the connection, after
 * a key, too many keys of an agent or a wrong password, which must not be tried again and again.
 */
async function tryLoginTwice(attempt: Attempt, login: Login): Promise<Client> {
  try {
    return await tryLogin(attempt, login);
  } catch (error) {
    if (error instanceof LoginCutOff) return tryLogin(attempt, login);
    throw error;
  }
}

function tryLogin(attempt: Attempt, login: Login): Promise<Client> {
  const { settings, config, where, knownHosts } = attempt;
  const client = new Client();
  let untrusted: StudioError | undefined;
  let isTrusted = false;
  const questions = new Questions(config, settings.askSecret, login);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('no answer')), LOGIN_TIMEOUT_MS);
    const silence = new SilenceLimit(settings.silenceMs ?? SILENCE_MS, () => fail(noAnswer(where)));
    // A host in between may ask for a password of its own.
    if (config.proxy === undefined) silence.start();
    const giveUp = (): void => fail(new Error('given up'));
    settings.signal?.addEventListener('abort', giveUp);
    client.on('close', () => settings.signal?.removeEventListener('abort', giveUp));
    const fail = (error: Error): void => {
      clearTimeout(timer);
      silence.stop();
      client.destroy();
      if (settings.signal?.aborted) return reject(new CancelledError());
      const words = questions.unanswered ?? `${login.name}: ${refusalWords(error)}`;
      if (untrusted !== undefined) reject(untrusted);
      else if (isRefusal(error) || questions.isAsking) reject(new LoginRefused(words, questions.isAnswered));
      else if (!isTrusted || isStudioError(error)) reject(error);
      else if (questions.isAnswered || login.offer !== undefined)
        reject(new LoginCutOff(words, questions.isAnswered));
      else reject(brokenOff(where));
    };
    // The listeners stay, because a second error may come after the promise has settled.
    client.on('error', fail);
    client.on('close', () => fail(new Error('the host closed the connection')));
    client.on('ready', () => {
      clearTimeout(timer);
      silence.stop();
      resolve(client);
    });
    client.connect({
      host: config.host,
      port: config.port,
      username: config.user,
      readyTimeout: LOGIN_TIMEOUT_MS,
      keepaliveInterval: 15_000,
      ...(config.proxy === undefined ? {} : { sock: throughProxy(config.proxy) }),
      algorithms: {
        serverHostKey: hostKeyAlgorithms(knownHosts, config.alias ?? config.host, config.port),
        // Some hosts support nothing newer.
        kex: { append: ['diffie-hellman-group14-sha1'], prepend: [], remove: [] },
      },
      hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
        silence.stop();
        const { confirmHost } = settings;
        const named = {
          host: config.alias ?? config.host,
          port: config.port,
          user: config.user,
          confirmHost,
        };
        checkHostKey(named, knownHosts, where, key).then(
          () => {
            isTrusted = true;
            silence.start();
            verify(true);
          },
          (error: unknown) => {
            untrusted = isStudioError(error) ? error : undefined;
            verify(false);
          },
        );
      },
      ...('agent' in (login.offer ?? {}) ? { agent: (login.offer as { agent: string }).agent } : {}),
      authHandler: (methodsLeft, partialSuccess, next) => {
        silence.stop();
        questions.answer(methodsLeft as AuthenticationType[] | null, partialSuccess).then(
          (method) => {
            if (method?.type === 'none' || method?.type === 'publickey') silence.start();
            // To ssh2, false means that there are no more methods, although its types don't allow it.
            next((method ?? false) as AnyAuthMethod);
          },
          (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))),
        );
      },
    } satisfies ConnectConfig);
    // With Nagle's algorithm, a call would wait for the answer to the one before, which a timer on the host may delay.
    client.setNoDelay(true);
  });
}

function noAnswer(where: string): IoError {
  return new IoError(`${where} takes the connection, but does not answer.`, {
    remedy:
      'Try `ssh` by hand. The host may be overloaded, its disks or user directory may hang, or another program has that port.',
    fields: { code: 'no-answer', where },
  });
}

/** Reports whether an error of ssh2 says that a login was refused, or that there is no agent: not a lost connection. */
function isRefusal(error: Error): boolean {
  if ('level' in error) return error.level === 'client-authentication' || error.level === 'agent';
  return 'code' in error && REFUSING_REASONS.has(error.code);
}

/** ssh2 names the step that failed, not what the host has done. */
function refusalWords(error: Error): string {
  return 'level' in error && error.level === 'client-authentication' ? 'the host refused it' : error.message;
}

/** Opens a connection through another program, such as `ssh -W`. */
function throughProxy([program = 'ssh', ...args]: readonly string[]): Duplex {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', (error) => stream.destroy(error));
  stream.on('close', () => child.kill());
  return stream;
}

function connectionError(where: string, error: unknown): StudioError {
  if (isStudioError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isHandshake = error instanceof Error && 'level' in error && error.level === 'handshake';
  if (isHandshake && /no matching/i.test(message)) {
    return new InvalidInputError(
      `${where} and this program have no encryption method in common: ${message}.`,
      {
        remedy:
          'Ask for the SSH server to be updated. Its administrator can allow curve25519-sha256 and ssh-ed25519.',
        fields: { code: 'no-common-algorithm', where },
        cause: error,
      },
    );
  }
  const [text, remedy] = explainConnection(error) ?? [
    message,
    'Check the name and port of the host and the network.',
  ];
  return new IoError(`Can't connect to ${where} by SSH: ${text}.`, {
    remedy,
    fields: { code, where },
    retryable: !['ENOTFOUND', 'ECONNREFUSED'].includes(code),
    cause: error,
  });
}
