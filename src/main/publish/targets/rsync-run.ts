import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CancelledError, isStudioError } from '../../../shared/base/errors';
import { fileError } from '../../base/file-error';
import { keyTypeOf } from '../../places/ssh/host-key';
import { PARTIAL_FOLDER } from '../../places/ssh/leftovers';
import { rsyncError } from './rsync-error';
import type { LoginWay } from '../../places/ssh/ssh-logins';

/** How the system's ssh connects to a host, in the same way as our own connection. */
export interface SshRoute {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly way: LoginWay;
  /** True if no other host or program is in between. */
  readonly isDirect: boolean;
  /** The only host key that is accepted. */
  readonly hostKey: Buffer;
}

export interface RsyncRun {
  readonly route: SshRoute;
  /** Local folder. File names are relative to this folder and to `to`. */
  readonly from: string;
  readonly to: string;
  readonly names: Iterable<string>;
  readonly signal: AbortSignal;
  /** Called with the names of files that were sent. They have certainly arrived only once the run has succeeded. */
  readonly onSent: (names: readonly string[]) => Promise<void>;
}

/** rsync normally ends much sooner after SIGTERM. */
const KILL_AFTER_MS = 5000;
/** Only the end of the error output is kept, which says the most. */
const MOST_ERROR_CHARACTERS = 8000;

const OPTIONS = [
  // Keeps the host's shell from interpreting names.
  '-s',
  '--files-from=-',
  '--from0',
  // Leaves the rights and times of folders as they are.
  '--no-implied-dirs',
  '--copy-links',
  '--times',
  // The files to send are known already, more exactly than by size and time.
  '--ignore-times',
  // Gives files the default rights of the host's user. Otherwise, files that only we may read would stay private.
  '--chmod=ugo=rwX',
  `--partial-dir=${PARTIAL_FOLDER}`,
  '--timeout=120',
  '--outbuf=L',
  // With %b, rsync reports a file after it was sent, not before.
  '--out-format=%b %n',
];

/**
 * Sends files with the system's rsync over the system's ssh, which asks nothing and accepts only the given host key.
 * Each file is written under a hidden name and renamed. An interrupted transfer keeps the part that has arrived.
 * @throws CancelledError, or the errors of rsyncError
 */
export async function runRsync(run: RsyncRun): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'precomputed-studio-rsync-')).catch((error: unknown) => {
    throw fileError('make a folder in', tmpdir(), error);
  });
  try {
    await writeSshConfig(folder, run.route);
    await transfer(run, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reports whether a text has no characters with a special meaning in ssh's configuration. */
export function isPlainForSsh(text: string): boolean {
  return /^[\w.:@+][\w.:@+-]*$/.test(text);
}

/** Writes ssh's files into one folder. They name each other without the folder, whose path may have any characters. */
async function writeSshConfig(folder: string, { host, port, user, way, hostKey }: SshRoute): Promise<void> {
  const keyType = keyTypeOf(hostKey);
  const login =
    way.kind === 'key'
      ? ['IdentityFile identity', 'IdentitiesOnly yes', 'IdentityAgent none']
      : ['IdentityFile none'];
  const lines = [
    'Host target',
    `HostName ${host}`,
    `Port ${port}`,
    `User ${user}`,
    ...login,
    'HostKeyAlias target',
    'UserKnownHostsFile known_hosts',
    'GlobalKnownHostsFile none',
    `HostKeyAlgorithms ${keyType === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : keyType}`,
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'BatchMode yes',
    'PreferredAuthentications publickey',
    'ConnectTimeout 20',
    'ServerAliveInterval 15',
    'LogLevel ERROR',
  ];
  await writeFile(join(folder, 'config'), `${lines.join('\n')}\n`);
  await writeFile(join(folder, 'known_hosts'), `target ${keyType} ${hostKey.toString('base64')}\n`);
  if (way.kind === 'key') await symlink(resolve(way.file), join(folder, 'identity'));
}

async function transfer({ from, to, names, signal, onSent }: RsyncRun, cwd: string): Promise<void> {
  if (signal.aborted) throw new CancelledError();
  const child = spawn('rsync', [...OPTIONS, '--rsh=ssh -F config', `${resolve(from)}/`, `target:${to}/`], {
    cwd,
    env: plainEnvironment(),
    stdio: 'pipe',
    // A process group of its own can be stopped together with its ssh, and isn't stopped by signals to ours.
    detached: true,
  });
  const stop = (): void => stopGroup(child);
  signal.addEventListener('abort', stop);
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors = (errors + part.toString()).slice(-MOST_ERROR_CHARACTERS);
  });
  const ended = new Promise<number>((resolveCode, reject) => {
    child.once('error', (error) => reject(fileError('run', 'rsync', error)));
    child.once('close', (code) => resolveCode(code ?? 20));
  });
  // It is awaited below; until then, its failure must not count as unhandled.
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  // A name that begins with # would be a comment.
  child.stdin.end([...names].map((name) => `./${name}\0`).join(''));
  try {
    for await (const sent of sentNames(child.stdout)) await onSent(sent);
    const code = await ended;
    if (signal.aborted) throw new CancelledError();
    if (code !== 0) throw rsyncError(code, errors, to);
  } catch (error) {
    stop();
    await ended.catch(() => undefined);
    throw isStudioError(error) ? error : fileError('read the output of', 'rsync', error);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Returns the environment that rsync and ssh need, without secrets and variables that change what rsync does. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'SSH_AUTH_SOCK'];
  return { ...Object.fromEntries(names.map((name) => [name, process.env[name]])), LC_ALL: 'C' };
}

function stopGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const group = -child.pid;
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(group, signal);
    } catch {
      // All processes of the group have ended meanwhile.
    }
  };
  kill('SIGTERM');
  const timer = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
  child.once('close', () => clearTimeout(timer));
}

/** Yields the names in the lines `<bytes> ./<name>` as they arrive, several at a time. */
async function* sentNames(output: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const part of output) {
    const lines = (rest + part.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield lines.map((line) => unescapeName(line.slice(line.indexOf(' ') + 1)));
  }
}

/** Decodes a name. rsync writes bytes outside printable ASCII, and backslashes that look like an escape, as `\#ooo`. */
function unescapeName(text: string): string {
  const bytes = text.replace(/\\#([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
