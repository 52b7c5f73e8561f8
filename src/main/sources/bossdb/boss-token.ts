import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { isLoopbackUrl } from '../../../shared/base/loopback-url';
import { PUBLIC_SERVER } from './boss-address';

/** The token that gives access to public data. */
const PUBLIC_TOKEN = 'public';

/** Sets the token for a server, in this thread and in workers that are started later. It is kept only in memory. */
export function useBossToken(server: string, token: string): void {
  setEnvironmentData(keyOf(server), token);
}

function keyOf(server: string): string {
  return `bossdb-token ${server}`;
}

/**
 * Returns the user's token for a server. It is the first of these that exists: the token that was passed to
 * {@link useBossToken}; BOSSDB_TOKEN for api.bossdb.io; INTERN_TOKEN for the host INTERN_HOST; the token for the host
 * in ~/.intern/intern.cfg, the file of BossDB's own client (https://github.com/jhuapl-boss/intern); the public token. A
 * token is never sent to another server, and never over an unencrypted connection.
 */
export async function bossToken(server: string): Promise<string> {
  if (!server.startsWith('https:') && !isLoopbackUrl(server)) return PUBLIC_TOKEN;
  const given = getEnvironmentData(keyOf(server));
  if (typeof given === 'string') return given;
  const { BOSSDB_TOKEN, INTERN_HOST, INTERN_TOKEN } = process.env;
  if (server === PUBLIC_SERVER && BOSSDB_TOKEN) return BOSSDB_TOKEN;
  const { host } = new URL(server);
  if (INTERN_TOKEN && INTERN_HOST === host) return INTERN_TOKEN;
  const file = await readFile(join(homedir(), '.intern', 'intern.cfg'), 'utf8').catch(() => '');
  return tokenInConfig(file, host) ?? PUBLIC_TOKEN;
}

/** Returns the token from the first section of an INI file that has the given host. */
export function tokenInConfig(text: string, host: string): string | undefined {
  for (const section of text.split(/^\s*\[.*$/m)) {
    const values = new Map(
      [...section.matchAll(/^\s*(\w+)\s*[=:]\s*(.*?)\s*$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    const token = values.get('token');
    if (values.get('host') === host && token !== undefined && token !== '') return token;
  }
  return undefined;
}
