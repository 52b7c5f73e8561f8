import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import {
  Client,
  type AnyAuthMethod,
  type AuthenticationType,
  type AuthHandlerMiddleware,
  type ConnectConfig,
} from 'ssh2';
import { CancelledError, isStudioError, type StudioError } from '../../../shared/base/errors';
import { checkHostKey, hostKeyAlgorithms, type ConfirmHost } from './host-key';
import { SilenceLimit } from './silence-limit';
import type { NamedHost, SshConfig } from './ssh-config';
import { brokenOff, noAnswer } from './ssh-errors';
import { Questions, type Login, type LoginSettings } from './ssh-logins';

/** How a host is reached, and who is asked on the way. */
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

/**
 * The reasons for which a host ends a connection after too many logins that it refused: a protocol error (OpenSSH says
 * so), a login that was given up, no more methods, an unknown user (RFC 4253, section 11.1).
 */
const REFUSING_REASONS = new Set<unknown>([2, 13, 14, 15]);

/** The host refused this login, but may accept another one. */
export class LoginRefused extends Error {
  /** @param isAnswered whether the host got an answer to a question, such as a password */
  constructor(
    message: string,
    readonly isAnswered: boolean,
  ) {
    super(message);
  }
}

/** The connection ended during a login for which a host may have ended it, without saying so. */
export class LoginCutOff extends LoginRefused {}

/** What all logins to a host have in common. */
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
export async function tryLoginTwice(attempt: Attempt, login: Login): Promise<Client> {
  try {
    return await tryLogin(attempt, login);
  } catch (error) {
    if (error instanceof LoginCutOff) return tryLogin(attempt, login);
    throw error;
  }
}

function tryLogin(attempt: Attempt, login: Login): Promise<Client> {
  const { settings, config, where } = attempt;
  const client = new Client();
  const trust: Trust = { isTrusted: false, refusal: undefined };
  const questions = new Questions(config, settings.askSecret, login);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error('no answer')), LOGIN_TIMEOUT_MS);
    const silence = new SilenceLimit(settings.silenceMs ?? SILENCE_MS, () => fail(noAnswer(where)));
    // A host in between may ask for a password of its own.
    if (config.proxy === undefined) silence.start();
    const giveUp = (): void => fail(new Error('given up'));
    settings.signal?.addEventListener('abort', giveUp);
    client.on('close', () => settings.signal?.removeEventListener('abort', giveUp));
    const settle = (): void => {
      clearTimeout(timer);
      silence.stop();
    };
    const fail = (error: Error): void => {
      settle();
      client.destroy();
      reject(
        settings.signal?.aborted
          ? new CancelledError()
          : failureOf(error, { where, login, trust, questions }),
      );
    };
    // The listeners stay, because a second error may come after the promise has settled.
    client.on('error', fail);
    client.on('close', () => fail(new Error('the host closed the connection')));
    client.on('ready', () => {
      settle();
      resolve(client);
    });
    client.connect({
      ...connectionOf(attempt, login),
      hostVerifier: hostVerifier(attempt, trust, silence),
      authHandler: authHandler(questions, silence, fail),
    });
    // With Nagle's algorithm, a call would wait for the answer to the one before, which a timer on the host may delay.
    client.setNoDelay(true);
  });
}

/** How the host is reached, and what is sent to it. */
function connectionOf({ config, knownHosts }: Attempt, { offer }: Login): ConnectConfig {
  return {
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
    ...(offer !== undefined && 'agent' in offer ? { agent: offer.agent } : {}),
  };
}

/** Whether the host's key is trusted, or why it is refused. It is neither before the host has shown it. */
interface Trust {
  isTrusted: boolean;
  refusal: StudioError | undefined;
}

function hostVerifier(
  { settings: { confirmHost }, config, where, knownHosts }: Attempt,
  trust: Trust,
  silence: SilenceLimit,
) {
  const named = { host: config.alias ?? config.host, port: config.port, user: config.user, confirmHost };
  return (key: Buffer, verify: (ok: boolean) => void): void => {
    silence.stop();
    checkHostKey(named, knownHosts, where, key).then(
      () => {
        trust.isTrusted = true;
        silence.start();
        verify(true);
      },
      (error: unknown) => {
        trust.refusal = isStudioError(error) ? error : undefined;
        verify(false);
      },
    );
  };
}

function authHandler(
  questions: Questions,
  silence: SilenceLimit,
  fail: (error: Error) => void,
): AuthHandlerMiddleware {
  return (methodsLeft, partialSuccess, next) => {
    silence.stop();
    questions.answer(methodsLeft as AuthenticationType[] | null, partialSuccess).then(
      (method) => {
        if (method?.type === 'none' || method?.type === 'publickey') silence.start();
        // To ssh2, false means that there are no more methods, although its types don't allow it.
        next((method ?? false) as AnyAuthMethod);
      },
      (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))),
    );
  };
}

interface Failed {
  readonly where: string;
  readonly login: Login;
  readonly trust: Trust;
  readonly questions: Questions;
}

/** Returns what an error of ssh2 means for the login in which it came. */
function failureOf(error: Error, { where, login, trust, questions }: Failed): Error {
  const { isAnswered, isAsking, unanswered } = questions;
  const words = unanswered ?? `${login.name}: ${refusalWords(error)}`;
  if (trust.refusal !== undefined) return trust.refusal;
  if (isRefusal(error) || isAsking) return new LoginRefused(words, isAnswered);
  if (!trust.isTrusted || isStudioError(error)) return error;
  if (isAnswered || login.offer !== undefined) return new LoginCutOff(words, isAnswered);
  return brokenOff(where);
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
