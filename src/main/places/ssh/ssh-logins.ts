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

/** How a host let us in; a secret is one that only this process knows. */
export type LoginWay =
  { readonly kind: 'agent' } | { readonly kind: 'key'; readonly file: string } | { readonly kind: 'secret' };

const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** A way in, and what is shown to the host on it. */
export interface Login {
  readonly way: LoginWay;
  /** What opens the way; undefined where the host asks. */
  readonly offer:
    { readonly agent: string } | { readonly key: string | Buffer; readonly passphrase?: string } | undefined;
}

/** The ways in, one after the other; what must be asked for is asked only when its turn comes. */
export async function* logins(
  { identity, askSecret }: LoginSettings,
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

/** What was shown to the host, for messages. */
export function describeOffer({ way, offer }: Login): string {
  if (way.kind === 'agent') return 'the agent';
  return way.kind === 'key' ? way.file : offer === undefined ? 'the password' : 'the key with a passphrase';
}

/** Hidden, and no password: what works once, from an app or a device. */
const OF_CODES = /\b(code|otp|token|one.?time|verification|pin|yubikey|duo)\b/i;

/** What is shown to a host in one attempt to log in, step by step: it may want a key, and then a code as well. */
export class Questions {
  /** What the host wants to know and nobody could be asked for. */
  unanswered: string | undefined;
  private hasPassword = false;
  private readonly tried = new Set<string>();

  constructor(
    private readonly config: Pick<SshConfig, 'user' | 'host'>,
    private readonly askSecret: AskSecret,
    private readonly login: Login,
  ) {}

  /** The next method; undefined where there is none. */
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
    if (!mayAsk('password')) return undefined;
    this.tried.add('password');
    const password = await this.askPassword();
    return password === undefined ? undefined : { type: 'password', username, password };
  }

  private async askPassword(): Promise<string | undefined> {
    const { user, host } = this.config;
    return this.askSecret(`Password of ${user}@${host}: `, 'password');
  }

  /** Each of the host's own questions; the first hidden one is for the password, in most cases. */
  private ask(prompts: Prompt[], finish: (answers: string[]) => void): void {
    const answerAll = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts) {
        const isPassword = echo !== true && !this.hasPassword && !OF_CODES.test(prompt);
        if (isPassword) this.hasPassword = true;
        const answer = isPassword
          ? await this.askPassword()
          : await this.askSecret(prompt, 'code', echo === true);
        if (answer === undefined)
          this.unanswered = `the host asks '${prompt.trim()}', which can't be answered here`;
        answers.push(answer ?? '');
      }
      return answers;
    };
    answerAll().then(finish, () => finish(prompts.map(() => '')));
  }
}
