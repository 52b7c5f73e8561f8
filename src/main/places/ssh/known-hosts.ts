/**
 * OpenSSH's file of host keys, one a line:
 *
 *     [marker] names keytype base64-key [comment]
 *
 * Names are separated by commas, may hold `*` and `?`, may be negated by `!`, stand as `[host]:port` for other
 * ports than 22, or as `|1|salt|hash`: base64 of the HMAC-SHA1 of the name, keyed by the salt. Markers:
 * `@revoked`, `@cert-authority`.
 *
 * Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 */
import { createHmac } from 'node:crypto';

/** What the file knows of a host's key; `changed`: it has keys of this type for the host, but not this one. */
export type HostKeyState = 'known' | 'unknown' | 'changed' | 'revoked';

interface KnownKey {
  readonly marker: string | undefined;
  readonly type: string;
  /** base64 */
  readonly key: string;
}

/** Looks a host's key up. */
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

/** Types of the keys that are known of a host, such as `ssh-ed25519`. */
export function knownKeyTypes(knownHosts: string, host: string, port: number): Set<string> {
  const known = [...keysOf(knownHosts, host, port)].filter(({ marker }) => marker === undefined);
  return new Set(known.map(({ type }) => type));
}

/** Whether a host is trusted by a certificate that an authority has signed. */
export function isOfAuthority(knownHosts: string, host: string, port: number): boolean {
  return [...keysOf(knownHosts, host, port)].some(({ marker }) => marker === '@cert-authority');
}

/** A host's name as it stands in the file. */
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
