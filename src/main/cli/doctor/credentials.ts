import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { note, ok, type Finding, type Section } from './report';

/** Variables by which the AWS tools find credentials. Others set the region, the server, certificates and the like. */
const AWS_CREDENTIALS =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|(DEFAULT_)?PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|ROLE_|WEB_IDENTITY_|CONTAINER_)/;

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
      names('AWS variables', variables(environment, AWS_CREDENTIALS)),
      names('AWS profiles', [...profiles]),
      names('BossDB token', [
        ...variables(environment, /^(BOSSDB|INTERN)_TOKEN$/),
        ...(await filesIn(join(homedir(), '.intern'), /^intern\.cfg$/)),
      ]),
      names('SSH agent', variables(environment, /^SSH_AUTH_SOCK$/)),
      names('SSH keys', await filesIn(join(homedir(), '.ssh'), /^id_.*(?<!\.pub)$/)),
    ],
  };
}

/** Lists the variables that change what the program does, by their names. Their values may hold secrets. */
export function variablesSection(environment: NodeJS.ProcessEnv = process.env): Section {
  return {
    title: 'Environment variables (names only)',
    findings: [
      names('Precomputed Studio', variables(environment, /^PRECOMPUTED_STUDIO_/)),
      names(
        'AWS',
        variables(environment, /^AWS_/).filter((name) => !AWS_CREDENTIALS.test(name)),
      ),
      names('Node', variables(environment, /^(NODE_|SSL_CERT_|UV_)/)),
      proxies(variables(environment, /^(https?|all|no)_proxy$/i)),
    ],
  };
}

function names(name: string, found: readonly string[]): Finding {
  return ok(name, found.length === 0 ? 'none' : found.join(', '));
}

function proxies(found: readonly string[]): Finding {
  return found.length === 0 ? ok('Proxy', 'none') : note('Proxy', found.join(', '));
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

async function filesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.filter((name) => pattern.test(name)).sort();
}
