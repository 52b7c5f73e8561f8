import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { isLoopbackUrl } from '../../base/web-address';
import { PUBLIC_SERVER } from './boss-address';

/** What everybody may read is read with this one. */
const PUBLIC_TOKEN = 'public';

/** Uses a token for a server from now on, in this thread and in workers that are started later. It stays in memory. */
export function useBossToken(server: string, token: string): void {
  setEnvironmentData(keyOf(server), token);
}

function keyOf(server: string): string {
  return `bossdb-token ${server}`;
}

/**
 * The user's token for a server: one that was given to {@link useBossToken}; BOSSDB_TOKEN, which is of api.bossdb.io;
 * INTERN_TOKEN of INTERN_HOST, or the one of that host in ~/.intern/intern.cfg, as of BossDB's own client
 * (https://github.com/jhuapl-boss/intern). Else the public one. A token of one server never goes to another, nor over
 * a connection that isn't secret.
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

/** The token of the first section (INI) that is of the host. */
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
