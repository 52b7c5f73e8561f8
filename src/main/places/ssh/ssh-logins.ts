import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod, AuthenticationType, Prompt } from 'ssh2';
import type { AskSecret } from './ask-secret';
import type { SshConfig } from './ssh-config';
import { hasCertificate, readPrivateKey } from './ssh-keys';

export interface LoginSettings {
  /** A private key's file. */
  readonly identity: string | undefined;
  readonly askSecret: AskSecret;
}

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** A way to log in, with what is offered to the host. */
export interface Login {
  /** What is offered, for messages. */
  readonly name: string;
  /** The agent or key; undefined if the host asks for a password or code. */
  readonly offer:
    | { readonly agent: string }
    | { readonly key: string | Buffer; readonly passphrase?: string }
    | undefined;
}

/** Yields the logins to try, in order. The user is asked for a secret only when its turn comes. */
export async function* logins(
  { identity, askSecret }: LoginSettings,
  config: SshConfig,
  problems: string[],
): AsyncGenerator<Login> {
  if (identity === undefined) {
    const agent = agentOf(config);
    if (agent !== undefined) yield { name: 'the agent', offer: { agent } };
  }
  const usual = DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name));
  const files = identity === undefined ? [...new Set([...config.identities, ...usual])] : [identity];
  for (const file of files) {
    const key = await readPrivateKey(file, identity !== undefined, askSecret);
    if (key === undefined) continue;
    if (await hasCertificate(file)) {
      problems.push(
        `${file}-cert.pub is a certificate, which can't be used from here. Ask the administrator of the host to accept the key itself`,
      );
    }
    if ('problem' in key) {
      problems.push(key.problem);
      continue;
    }
    const { privateKey, passphrase, isSecret } = key;
    yield {
      name: isSecret ? 'the key with a passphrase' : file,
      offer: { key: privateKey, ...(passphrase === undefined ? {} : { passphrase }) },
    };
  }
  yield { name: 'the password', offer: undefined };
}

function agentOf({ agent }: SshConfig): string | undefined {
  if (agent === 'none') return undefined;
  const named = agent === undefined || agent === 'SSH_AUTH_SOCK' ? process.env['SSH_AUTH_SOCK'] : agent;
  return named === '' ? undefined : named?.replace(/^\$(\w+)$/, (_, name: string) => process.env[name] ?? '');
}

/** Matches hidden questions for a one-time code from an app or a device, rather than for the password. */
const OF_CODES = /\b(code|otp|token|one.?time|verification|pin|yubikey|duo)\b/i;

/** Chooses the methods of one login attempt, step by step: a host may require a key and then a code as well. */
export class Questions {
  /** A message about a question of the host that nobody could be asked. */
  unanswered: string | undefined;
  /** Whether somebody is being asked. */
  isAsking = false;
  /** Whether the host has got an answer. */
  isAnswered = false;
  private hasPassword = false;
  private readonly tried = new Set<string>();

  constructor(
    private readonly config: Pick<SshConfig, 'user' | 'host'>,
    private readonly askSecret: AskSecret,
    private readonly login: Login,
  ) {}

  /** Returns the next method; undefined if there is none. */
  async answer(
    left: AuthenticationType[] | null,
    isPartial: boolean | null,
  ): Promise<AnyAuthMethod | undefined> {
    const username = this.config.user;
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
    if (!mayAsk('password')) {
      if (offer === undefined && this.tried.size === 0) this.unanswered = 'the host takes no password';
      return undefined;
    }
    this.tried.add('password');
    const password = await this.askPassword();
    return password === undefined ? undefined : { type: 'password', username, password };
  }

  private async askPassword(): Promise<string | undefined> {
    const { user, host } = this.config;
    const password = await this.put(`Password of ${user}@${host}: `, 'password');
    if (password === undefined) this.unanswered = 'the host asks for a password, and none was given';
    return password;
  }

  private readonly put: AskSecret = async (...question) => {
    this.isAsking = true;
    try {
      const answer = await this.askSecret(...question);
      this.isAnswered ||= answer !== undefined;
      return answer;
    } finally {
      this.isAsking = false;
    }
  };

  /** Asks each of the host's own questions. The first hidden one usually is for the password. */
  private ask(prompts: Prompt[], finish: (answers: string[]) => void): void {
    const answerAll = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts) {
        const isPassword = echo !== true && !this.hasPassword && !OF_CODES.test(prompt);
        if (isPassword) this.hasPassword = true;
        const answer = isPassword ? await this.askPassword() : await this.put(prompt, 'code', echo === true);
        if (answer === undefined) {
          this.unanswered = `the host asks '${prompt.trim()}', which was not answered`;
          break;
        }
        answers.push(answer);
      }
      return prompts.map((_, i) => answers[i] ?? '');
    };
    answerAll().then(finish, () => finish(prompts.map(() => '')));
  }
}
