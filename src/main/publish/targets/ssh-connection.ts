import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  Client,
  type AnyAuthMethod,
  type AuthenticationType,
  type ConnectConfig,
  type Prompt,
  type SFTPWrapper,
} from 'ssh2';
import {
  CancelledError,
  InvalidInputError,
  IoError,
  isStudioError,
  type StudioError,
} from '../../../shared/base/errors';
import type { CommandResult } from '../host-command';
import { checkHostKey, hostKeyAlgorithms, readKnownHosts, type ConfirmHost } from './host-key';
import { readSshConfig, type NamedHost, type SshConfig } from './ssh-config';
import type { AskSecret } from './ask-secret';
import { hasCertificate, readPrivateKey } from './ssh-keys';

export interface SshSettings extends NamedHost {
  /** A private key's file. */
  readonly identity: string | undefined;
  readonly askSecret: AskSecret;
  readonly confirmHost: ConfirmHost;
  /** Gives up, whatever is under way. */
  readonly signal?: AbortSignal;
  /** Default: those that OpenSSH reads, the user's and the machine's. */
  readonly knownHostsFiles?: readonly string[];
}

/** How a host let us in; a secret is one that only this process knows. */
export type LoginWay =
  { readonly kind: 'agent' } | { readonly kind: 'key'; readonly file: string } | { readonly kind: 'secret' };

export interface SshConnection {
  readonly client: Client;
  readonly way: LoginWay;
  /** The one that was shown and is trusted. */
  readonly hostKey: Buffer;
  readonly config: SshConfig;
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const READY_TIMEOUT_MS = 20_000;
/** For one that a person may have to look up. */
const LOGIN_TIMEOUT_MS = 120_000;
const SFTP_TIMEOUT_MS = 20_000;

/**
 * Connects and authenticates as ~/.ssh/config says: with the key file that is named, or else by the agent and the usual
 * key files, then by password, and by what the host asks for besides. The host's key must be in known_hosts, or be
 * confirmed.
 * @throws InvalidInputError where the host's key has changed or is not trusted, or no way in is granted; IoError
 */
export async function connectSsh(settings: SshSettings): Promise<SshConnection> {
  const config = await readSshConfig(settings);
  const where = addressOf(config);
  const files = settings.knownHostsFiles ?? (config.knownHosts.length > 0 ? config.knownHosts : undefined);
  const knownHosts = await readKnownHosts(files);
  const problems: string[] = [];
  let refused: unknown;
  for await (const login of logins(settings, config, problems)) {
    if (settings.signal?.aborted) throw new CancelledError();
    try {
      return await tryLogin({ settings, config, where, knownHosts, problems }, login);
    } catch (error) {
      refused = error;
      if (!(error instanceof LoginRefused)) throw connectionError(where, error);
      problems.push(error.message);
    }
  }
  throw new InvalidInputError(`${where} lets nobody in with what was offered: agent, keys or password.`, {
    remedy: 'Check the user, load the key into the agent (ssh-add), or name it with --identity.',
    details: [...new Set(problems)],
    fields: { code: 'login-refused', where },
    cause: refused,
  });
}

function addressOf({ user, host, port }: SshConfig): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A channel for files. Several over one connection work at the same time. */
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
    `${where} lets us in, but files can't be sent there: SFTP doesn't begin (${said}).`,
    {
      remedy:
        'Try `sftp` by hand. A login that prints text (look into ~/.bashrc there), a forced command, or a subsystem ' +
        'sftp that is missing or may not be used (Subsystem, ChrootDirectory in sshd_config) stands in the way.',
      fields: { code: 'no-sftp', where },
      cause: error,
    },
  );
}

/** The connection is gone, which may be over when it is made again. */
export function brokenOff(where: string): IoError {
  return new IoError(`The connection with ${where} broke off.`, {
    remedy: 'Check the network, then publish again: what has arrived is kept.',
    fields: { code: 'broken-off', where },
    retryable: true,
  });
}

/** Runs a script by `sh`. It comes as input, so that neither the list of processes nor a log shows it. */
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

interface Login {
  readonly way: LoginWay;
  /** What opens the way; undefined where the host asks. */
  readonly offer:
    { readonly agent: string } | { readonly key: string | Buffer; readonly passphrase?: string } | undefined;
}

/** The ways in, one after the other; what must be asked for is asked only when its turn comes. */
async function* logins(
  { identity, askSecret }: SshSettings,
  config: SshConfig,
  problems: string[],
): AsyncGenerator<Login> {
  if (identity === undefined) {
    const agent = agentOf(config);
    if (agent !== undefined) yield { way: { kind: 'agent' }, offer: { agent } };
  }
  const usual = DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name));
  const files = identity === undefined ? [...new Set([...config.identities, ...usual])] : [identity];
  for (const file of files) {
    const key = await readPrivateKey(file, identity !== undefined, askSecret);
    if (key === undefined) continue;
    if (await hasCertificate(file)) {
      problems.push(
        `${file}-cert.pub is a certificate, which can't be shown to the host from here; have the key itself let in`,
      );
    }
    if ('problem' in key) {
      problems.push(key.problem);
      continue;
    }
    const { privateKey, passphrase, isSecret } = key;
    yield {
      way: isSecret ? { kind: 'secret' } : { kind: 'key', file },
      offer: { key: privateKey, ...(passphrase === undefined ? {} : { passphrase }) },
    };
  }
  yield { way: { kind: 'secret' }, offer: undefined };
}

function agentOf({ agent }: SshConfig): string | undefined {
  if (agent === 'none') return undefined;
  const named = agent === undefined || agent === 'SSH_AUTH_SOCK' ? process.env['SSH_AUTH_SOCK'] : agent;
  return named === '' ? undefined : named?.replace(/^\$(\w+)$/, (_, name: string) => process.env[name] ?? '');
}

/** This way in is refused; others may not be. */
class LoginRefused extends Error {}

interface Attempt {
  readonly settings: SshSettings;
  readonly config: SshConfig;
  readonly where: string;
  readonly knownHosts: string;
  readonly problems: string[];
}

function tryLogin(attempt: Attempt, login: Login): Promise<SshConnection> {
  const { settings, config, where, knownHosts } = attempt;
  const client = new Client();
  let hostKey = Buffer.alloc(0);
  let untrusted: StudioError | undefined;
  let isTrusted = false;
  const questions = new Questions(attempt, login);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('no answer')), LOGIN_TIMEOUT_MS);
    settings.signal?.addEventListener('abort', () => {
      fail(new Error('given up'));
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      client.destroy();
      if (settings.signal?.aborted) return reject(new CancelledError());
      const ofLogin = isTrusted || ('level' in error && error.level === 'agent');
      const words = questions.unanswered ?? `${describeOffer(login)}: ${error.message}`;
      reject(untrusted ?? (ofLogin ? new LoginRefused(words) : error));
    };
    // They stay: an error may come twice, and later than anybody waits for it.
    client.on('error', fail);
    client.on('close', () => fail(new Error('the host closed the connection')));
    client.on('ready', () => {
      clearTimeout(timer);
      resolve({ client, way: login.way, hostKey, config });
    });
    client.connect({
      host: config.host,
      port: config.port,
      username: config.user,
      readyTimeout: LOGIN_TIMEOUT_MS,
      timeout: READY_TIMEOUT_MS,
      keepaliveInterval: 15_000,
      ...(config.proxy === undefined ? {} : { sock: throughProxy(config.proxy) }),
      algorithms: {
        serverHostKey: hostKeyAlgorithms(knownHosts, config.alias ?? config.host, config.port),
        // Some hosts know nothing newer.
        kex: { append: ['diffie-hellman-group14-sha1'], prepend: [], remove: [] },
      },
      hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
        const { confirmHost } = settings;
        const named = { host: config.alias ?? config.host, port: config.port, confirmHost };
        checkHostKey(named, knownHosts, where, key).then(
          () => {
            hostKey = Buffer.from(key);
            isTrusted = true;
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
        questions.answer(methodsLeft as AuthenticationType[] | null, partialSuccess).then(
          // ssh2 takes false, which its types don't say, for "nothing more".
          (method) => next((method ?? false) as AnyAuthMethod),
          (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))),
        );
      },
    } satisfies ConnectConfig);
  });
}

function describeOffer({ way, offer }: Login): string {
  if (way.kind === 'agent') return 'the agent';
  return way.kind === 'key' ? way.file : offer === undefined ? 'the password' : 'the key with a passphrase';
}

/** Hidden, and no password: what works once, from an app or a device. */
const OF_CODES = /\b(code|otp|token|one.?time|verification|pin|yubikey|duo)\b/i;

/** What is shown to a host in one attempt to log in, step by step: it may want a key, and then a code as well. */
class Questions {
  /** What the host wants to know and nobody could be asked for. */
  unanswered: string | undefined;
  private hasPassword = false;
  private readonly tried = new Set<string>();
  private readonly user: string;

  constructor(
    private readonly attempt: Attempt,
    private readonly login: Login,
  ) {
    this.user = attempt.config.user;
  }

  /** The next method; undefined where there is none. */
  async answer(
    left: AuthenticationType[] | null,
    isPartial: boolean | null,
  ): Promise<AnyAuthMethod | undefined> {
    const username = this.user;
    const { offer } = this.login;
    if (offer !== undefined && !this.tried.has('offer')) {
      this.tried.add('offer');
      if ('agent' in offer) return { type: 'agent', username, agent: offer.agent };
      const { key, passphrase } = offer;
      return { type: 'publickey', username, key, ...(passphrase === undefined ? {} : { passphrase }) };
    }
    if (
      offer !== undefined &&
      isPartial !== true &&
      !this.tried.has('password') &&
      !this.tried.has('asked')
    ) {
      return undefined;
    }
    const mayAsk = (method: AuthenticationType): boolean =>
      (left === null || left.includes(method)) && !this.tried.has(method);
    if (left === null) return { type: 'none', username };
    if (mayAsk('keyboard-interactive')) {
      this.tried.add('keyboard-interactive').add('asked');
      return { type: 'keyboard-interactive', username, prompt: (...given) => this.ask(given[3], given[4]) };
    }
    if (!mayAsk('password')) return undefined;
    this.tried.add('password');
    const password = await this.askPassword();
    return password === undefined ? undefined : { type: 'password', username, password };
  }

  private async askPassword(): Promise<string | undefined> {
    const { settings, config } = this.attempt;
    return settings.askSecret(`Password of ${config.user}@${config.host}: `, 'password');
  }

  /** Each of the host's own questions; the first hidden one is for the password, in most cases. */
  private ask(prompts: Prompt[], finish: (answers: string[]) => void): void {
    const { askSecret } = this.attempt.settings;
    const answerAll = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts) {
        const isPassword = echo !== true && !this.hasPassword && !OF_CODES.test(prompt);
        if (isPassword) this.hasPassword = true;
        const answer = isPassword ? await this.askPassword() : await askSecret(prompt, 'code', echo === true);
        if (answer === undefined)
          this.unanswered = `the host asks '${prompt.trim()}', which can't be answered here`;
        answers.push(answer ?? '');
      }
      return answers;
    };
    answerAll().then(finish, () => finish(prompts.map(() => '')));
  }
}

/** A connection by another program, such as `ssh -W`. */
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
    return new InvalidInputError(`${where} and this program know no common way to encrypt: ${message}.`, {
      remedy:
        'Have the SSH server brought up to date; its administrator can allow curve25519-sha256 and ssh-ed25519.',
      fields: { code: 'no-common-algorithm', where },
      cause: error,
    });
  }
  return new IoError(`Can't speak with ${where} by SSH: ${message}.`, {
    remedy: 'Check the name and port of the host and the network.',
    fields: { code, where },
    retryable: !['ENOTFOUND', 'ECONNREFUSED'].includes(code),
    cause: error,
  });
}
