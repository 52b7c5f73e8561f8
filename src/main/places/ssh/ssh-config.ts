import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';

/** The user's ssh configuration for a host (ssh_config(5)), as ssh itself reports it. */
export interface SshConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identities: readonly string[];
  /** The socket of an agent; undefined for the usual one, 'none' for none. */
  readonly agent: string | undefined;
  readonly certificates: readonly string[];
  readonly knownHosts: readonly string[];
  /** The host's name in known_hosts. */
  readonly alias: string | undefined;
  /** The program, with its arguments, whose input and output lead to the host; undefined for a direct connection. */
  readonly proxy: readonly string[] | undefined;
}

export interface NamedHost {
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  /** Replaces the configuration files of the user and of the machine. */
  readonly configFile?: string;
}

/** Asks the system's ssh, which reads ~/.ssh/config and the files that it includes. Without ssh, `named` is kept. */
export async function readSshConfig(named: NamedHost): Promise<SshConfig> {
  const { host, port, user, configFile = configOfOtherHome() } = named;
  const args = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
  ];
  const run = promisify(execFile);
  const answer = await run('ssh', ['-G', ...args, '--', host], { timeout: 10_000 }).catch(() => undefined);
  const values = new Map<string, string[]>();
  for (const line of answer?.stdout.split('\n') ?? []) {
    const space = line.indexOf(' ');
    const name = line.slice(0, space);
    values.set(name, [...(values.get(name) ?? []), line.slice(space + 1)]);
  }
  const one = (name: string): string | undefined => {
    const [value] = values.get(name) ?? [];
    return value === 'none' ? undefined : value;
  };
  const files = (name: string): string[] =>
    (values.get(name) ?? []).filter((file) => file !== 'none').map(fromHome);
  const resolved = {
    host: one('hostname') ?? host,
    port: Number(one('port') ?? port ?? 22),
    user: one('user') ?? user ?? userInfo().username,
  };
  return {
    ...resolved,
    identities: files('identityfile'),
    agent: values.get('identityagent')?.[0],
    certificates: files('certificatefile'),
    knownHosts: ['userknownhostsfile', 'globalknownhostsfile'].flatMap((name) =>
      (one(name) ?? '')
        .split(' ')
        .filter((file) => file !== '')
        .map(fromHome),
    ),
    alias: one('hostkeyalias'),
    proxy: proxyOf(
      resolved,
      one('proxyjump'),
      one('proxycommand'),
      args.slice(0, configFile === undefined ? 0 : 2),
    ),
  };
}

function proxyOf(
  { host, port, user }: Pick<SshConfig, 'host' | 'port' | 'user'>,
  jump: string | undefined,
  command: string | undefined,
  config: readonly string[],
): readonly string[] | undefined {
  if (jump !== undefined) {
    const hops = jump.split(',');
    const before = hops.slice(0, -1);
    const last = hops.at(-1) ?? '';
    const target = last.startsWith('ssh://') ? last : `ssh://${last}`;
    const quiet = process.stdin.isTTY ? [] : ['-o', 'BatchMode=yes'];
    const through = before.length === 0 ? [] : ['-J', before.join(',')];
    return ['ssh', ...config, ...quiet, ...through, '-W', `[${host}]:${port}`, '--', target];
  }
  if (command === undefined) return undefined;
  const values: Readonly<Record<string, string>> = { h: host, p: String(port), r: user, n: host, '%': '%' };
  return ['sh', '-c', `exec ${command.replace(/%([hprn%])/g, (_, name: string) => values[name] ?? '')}`];
}

/** Returns the configuration file to use if HOME differs from the account's home folder, which ssh reads instead. */
function configOfOtherHome(): string | undefined {
  if (homedir() === userInfo().homedir) return undefined;
  const file = join(homedir(), '.ssh', 'config');
  return existsSync(file) ? file : 'none';
}

function fromHome(path: string): string {
  const accountHome = userInfo().homedir + sep;
  if (path.startsWith(accountHome)) return join(homedir(), path.slice(accountHome.length));
  return path.replace(/^~(?=\/)/, homedir());
}
