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

/** Looks a host's key up. */
export function findHostKey(knownHosts: string, host: string, port: number, key: Buffer): HostKeyState {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  const encoded = key.toString('base64');
  const keyType = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  let state: HostKeyState = 'unknown';
  for (const line of knownHosts.split(/\r?\n/)) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [names = '', type, known] = fields;
    if (known === undefined || names.startsWith('#') || !matches(names, name)) continue;
    if (marker === '@revoked') {
      if (known === encoded) return 'revoked';
    } else if (marker === undefined) {
      if (known === encoded) state = 'known';
      else if (type === keyType && state === 'unknown') state = 'changed';
    }
  }
  return state;
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
