import type { Client, SFTPWrapper } from 'ssh2';
import { other } from '../../../shared/api/mentions';
import { CancelledError, InvalidInputError, isStudioError } from '../../../shared/base/errors';
import { say } from '../../../shared/base/words';
import type { CommandResult } from '../../base/run-script';
import { urlHost } from '../../base/web-address';
import { readKnownHosts } from './host-key';
import { LoginCutOff, LoginRefused, tryLoginTwice, type SshSettings } from './login-attempt';
import { readSshConfig, type SshConfig } from './ssh-config';
import { brokenOff, connectionError, noSftp } from './ssh-errors';
import { logins } from './ssh-logins';

const SFTP_TIMEOUT_MS = 20_000;

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
