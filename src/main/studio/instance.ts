import { createHash } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../shared/base/errors';

const instanceSchema = z.object({
  pid: z.int(),
  host: z.enum(['browser', 'electron']),
  /** Opens the app in a browser; works once. */
  url: z.string().exactOptional(),
});
/** A running program that has a data folder to itself. */
export type RunningInstance = z.output<typeof instanceSchema>;

/** Some are slow to answer, on a busy machine; one that was stopped (Ctrl-Z) never does. */
const ANSWER_MS = 30_000;
/** Of the addresses of sockets, by the narrowest of the systems. */
const LONGEST_SOCKET_PATH = 103;

/** What asking for a running program gives: 'silent' where there is one, but it doesn't say which. */
type Answer = RunningInstance | 'silent' | undefined;

/**
 * Takes the data folder for this program: two that wrote the same queue would undo each other's work. It lasts
 * until it is released or the process ends, in whatever way.
 * @param describe called for whoever asks by {@link findInstance}
 * @param answerMs how long the program that has it may take to say which it is
 * @returns what releases it
 * @throws InvalidInputError where a running program has it; `fields.reason` is 'in-use'
 */
export async function claimDataFolder(
  dataFolder: string,
  describe: () => Omit<RunningInstance, 'pid'>,
  answerMs = ANSWER_MS,
): Promise<() => Promise<void>> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const path = socketPath(dataFolder);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify({ pid: process.pid, ...describe() }));
  });
  // A connection that can't be accepted, as when too many files are open, must not end the program.
  server.on('error', () => undefined);
  // Where the file system has no sockets nobody can be asked, and nobody is kept out.
  if ((await tryListen(server, path)) === 'taken') {
    const other = await ask(path, answerMs);
    if (other !== undefined) throw inUse(dataFolder, other);
    // What a program left that was killed.
    await unlink(path).catch(() => undefined);
    if ((await tryListen(server, path)) === 'taken') throw inUse(dataFolder, await ask(path, answerMs));
  }
  server.unref();
  return () => new Promise((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
}

/**
 * The running program that has `dataFolder`, undefined where there is none.
 * @throws InvalidInputError where there is one that doesn't answer; `fields.reason` is 'in-use'
 */
export async function findInstance(
  dataFolder: string,
  answerMs = ANSWER_MS,
): Promise<RunningInstance | undefined> {
  const answer = await ask(socketPath(dataFolder), answerMs);
  if (answer === 'silent') throw inUse(dataFolder, answer);
  return answer;
}

/** Nobody can connect to what a dead program left; to one that is merely slow, or stopped, the system connects. */
function ask(path: string, answerMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let text = '';
    socket.setTimeout(answerMs, () => {
      resolve('silent');
      socket.destroy();
    });
    socket.on('data', (part) => (text += part.toString()));
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(text === '' ? undefined : (parseInstance(text) ?? 'silent')));
  });
}

function parseInstance(text: string): RunningInstance | undefined {
  try {
    return instanceSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** 'taken': something of that name is there already. */
function tryListen(server: Server, path: string): Promise<'listening' | 'taken' | 'impossible'> {
  return new Promise((resolve) => {
    const fail = ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE' ? 'taken' : 'impossible');
    server.once('error', fail);
    server.listen(path, () => {
      server.off('error', fail);
      resolve('listening');
    });
  });
}

function socketPath(dataFolder: string): string {
  if (process.platform === 'win32') {
    const hash = createHash('sha256').update(dataFolder.toLowerCase()).digest('hex').slice(0, 24);
    return `\\\\.\\pipe\\precomputed-studio-${hash}`;
  }
  const path = join(dataFolder, 'instance.sock');
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path;
  throw new InvalidInputError(`The path of the app's data folder is too long: ${dataFolder}.`, {
    remedy: 'Set PRECOMPUTED_STUDIO_HOME to a folder with a shorter path.',
  });
}

function inUse(dataFolder: string, other: Answer): InvalidInputError {
  const who = typeof other === 'object' ? ` (process ${other.pid})` : '';
  const how = other === 'silent' ? ", but doesn't answer" : '';
  return new InvalidInputError(`Precomputed Studio is already running${who}${how}.`, {
    remedy: `Use that one, or end it first; both would keep their queue in ${dataFolder}.`,
    fields: { code: 'in-use' },
  });
}
