import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { note, ok, type Finding, type Section } from './report';

/**
 * Lists the available credentials. The report contains only the names of variables, profiles and files, never values.
 */
export async function credentialsSection(environment: NodeJS.ProcessEnv = process.env): Promise<Section> {
  const aws = join(homedir(), '.aws');
  const config = environment['AWS_CONFIG_FILE'] ?? join(aws, 'config');
  const credentials = environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(aws, 'credentials');
  const profiles = new Set([...(await profilesIn(credentials)), ...(await profilesIn(config))]);
  return {
    title: 'Credentials (names only)',
    findings: [
      names('AWS variables', variables(environment, /^AWS_/)),
      names('AWS profiles', [...profiles]),
      names('SSH agent', variables(environment, /^SSH_AUTH_SOCK$/)),
      names('SSH keys', await keysIn(join(homedir(), '.ssh'))),
      names('Own variables', variables(environment, /^PRECOMPUTED_STUDIO_/)),
      proxies(variables(environment, /^(https?|all|no)_proxy$/i)),
    ],
  };
}

function names(name: string, found: readonly string[]): Finding {
  return ok(name, found.length === 0 ? 'none' : found.join(', '));
}

function proxies(found: readonly string[]): Finding {
  return found.length === 0 ? ok('Proxy variables', 'none') : note('Proxy variables', found.join(', '));
}

function variables(environment: NodeJS.ProcessEnv, pattern: RegExp): string[] {
  return Object.keys(environment)
    .filter((name) => pattern.test(name))
    .sort();
}

async function profilesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return [...text.matchAll(/^\s*\[(?:profile\s+)?([^\]]+)\]/gm)].map(([, name = '']) => name.trim());
}

async function keysIn(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.filter((name) => name.startsWith('id_') && !name.endsWith('.pub')).sort();
}
