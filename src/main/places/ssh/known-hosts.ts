/**
 * Reads OpenSSH's file of host keys, which has one key per line:
 *
 *     [marker] names keytype base64-key [comment]
 *
 * Names are separated by commas. A name may contain `*` and `?`, and `!` negates it. For ports other than 22 it has the
 * form `[host]:port`. A hashed name has the form `|1|salt|hash`, where the hash is the base64 of the HMAC-SHA1 of the
 * name with the salt as key. The markers are `@revoked` and `@cert-authority`.
 *
 * Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 */
import { createHmac } from 'node:crypto';

/** What the file says about a host's key; `changed`: it has a key of this type for the host, but another one. */
export type HostKeyState = 'known' | 'unknown' | 'changed' | 'revoked';

interface KnownKey {
  readonly marker: string | undefined;
  readonly type: string;
  /** base64 */
  readonly key: string;
}

/** Looks up a host's key. */
export function findHostKey(knownHosts: string, host: string, port: number, key: Buffer): HostKeyState {
  const encoded = key.toString('base64');
  const keyType = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  let state: HostKeyState = 'unknown';
  for (const known of keysOf(knownHosts, host, port)) {
    if (known.marker === '@revoked') {
      if (known.key === encoded) return 'revoked';
    } else if (known.marker === undefined) {
      if (known.key === encoded) state = 'known';
      else if (known.type === keyType && state === 'unknown') state = 'changed';
    }
  }
  return state;
}

/** Returns the types of the host's known keys, such as `ssh-ed25519`. */
export function knownKeyTypes(knownHosts: string, host: string, port: number): Set<string> {
  const known = [...keysOf(knownHosts, host, port)].filter(({ marker }) => marker === undefined);
  return new Set(known.map(({ type }) => type));
}

/** Reports whether the file trusts a host by certificates of an authority. */
export function isOfAuthority(knownHosts: string, host: string, port: number): boolean {
  return [...keysOf(knownHosts, host, port)].some(({ marker }) => marker === '@cert-authority');
}

/** Returns a host's name in the form that the file uses. */
export function knownName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function* keysOf(knownHosts: string, host: string, port: number): Generator<KnownKey> {
  const name = knownName(host, port);
  for (const line of knownHosts.split(/\r?\n/)) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [names = '', type, key] = fields;
    if (type === undefined || key === undefined || names.startsWith('#')) continue;
    if (matches(names, name)) yield { marker, type, key };
  }
}

function matches(names: string, name: string): boolean {
  let matched = false;
  for (const pattern of names.split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesOne(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesOne(pattern: string, name: string): boolean {
  if (pattern.startsWith('|1|')) {
    const [salt = '', hash] = pattern.slice(3).split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const expression = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}
