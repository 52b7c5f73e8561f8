import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../../shared/base/errors';
import { findHostKey, isOfAuthority, knownKeyTypes, knownName } from './known-hosts';

/** Decides whether to trust a host that isn't in known_hosts this time. */
export type ConfirmHost = (host: string, fingerprint: string, keyType: string) => Promise<boolean>;

export interface HostKeySettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly confirmHost: ConfirmHost;
}

/** Types of host keys with the algorithms that sign with them, the best ones first (for RSA: RFC 8332). */
const ALGORITHMS_OF = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
} as const;
type HostKeyAlgorithm = (typeof ALGORITHMS_OF)[keyof typeof ALGORITHMS_OF][number];

/** Returns the text of all known_hosts files. A file that can't be read counts as empty. */
export async function readKnownHosts(files: readonly string[] = usualFiles()): Promise<string> {
  const texts = files.map((file) => readFile(file, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join('\n');
}

function usualFiles(): string[] {
  const names = ['known_hosts', 'known_hosts2'];
  return [
    ...names.map((name) => join(homedir(), '.ssh', name)),
    ...names.map((name) => `/etc/ssh/ssh_${name}`),
  ];
}

/** Returns the algorithms to offer to a host, those of its known keys first, because a host shows only one key. */
export function hostKeyAlgorithms(knownHosts: string, host: string, port: number): HostKeyAlgorithm[] {
  const known = knownKeyTypes(knownHosts, host, port);
  const all = Object.entries(ALGORITHMS_OF);
  const inOrder = [...all.filter(([type]) => known.has(type)), ...all.filter(([type]) => !known.has(type))];
  return inOrder.flatMap(([, algorithms]) => algorithms);
}

/** Returns the type that a key begins with (RFC 4253, section 6.6). */
function keyTypeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/**
 * Checks the key that a host has shown.
 * @throws InvalidInputError if another key is known for the host, or if the key is unknown and not confirmed
 */
export async function checkHostKey(
  { host, port, user, confirmHost }: HostKeySettings,
  knownHosts: string,
  where: string,
  key: Buffer,
): Promise<void> {
  const fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
  const found = findHostKey(knownHosts, host, port, key);
  if (found === 'known') return;
  if (found === 'changed' || found === 'revoked') {
    throw new InvalidInputError(
      `The host key of ${where} is ${found === 'revoked' ? 'revoked' : 'not the one that is known'} (${fingerprint}): somebody may be intercepting the connection.`,
      {
        remedy: `Ask the administrator of the host whether its key was changed; if so, run \`ssh-keygen -R '${knownName(host, port)}'\`.`,
        fields: { code: `host-key-${found}`, fingerprint },
      },
    );
  }
  if (await confirmHost(host, fingerprint, keyTypeOf(key))) return;
  const byAuthority = isOfAuthority(knownHosts, host, port);
  const why = byAuthority ? ', and the certificate that known_hosts demands of it is not checked here' : '';
  throw new InvalidInputError(`The host key of ${where} is not known (${fingerprint})${why}.`, {
    remedy: byAuthority
      ? `Add the key itself to known_hosts: \`ssh-keyscan -p ${port} ${host}\`, compared with the administrator's.`
      : `Ask the administrator for the right one. If both are equal, run \`ssh -p ${port} ${user}@${host}\` and answer yes, so that the key is known from then on.`,
    fields: { code: 'host-key-unknown', fingerprint },
  });
}
