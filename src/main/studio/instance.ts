import { createHash } from 'node:crypto';
import { mkdir, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidInputError } from '../../shared/base/errors';

const instanceSchema = z.object({
  pid: z.int(),
  host: z.enum(['browser', 'electron']),
  /** The address that opens the app in a browser. It works once. */
  url: z.string().exactOptional(),
});
/** A running program that uses a data folder exclusively. */
export type RunningInstance = z.output<typeof instanceSchema>;

/** On a busy machine some programs are slow to answer. One that was stopped (Ctrl-Z) never does. */
const ANSWER_MS = 30_000;
/** The greatest length of a socket's path on the strictest system. */
const LONGEST_SOCKET_PATH = 103;

/** The answer to asking for a running program: 'silent' if there is one that doesn't identify itself. */
type Answer = RunningInstance | 'silent' | undefined;

/**
 * Claims the data folder for this program: two programs that write the same queue would undo each other's work. The
 * claim lasts until it is released or the process ends in any way.
 * @param describe called when another program asks with {@link findInstance}
 * @param answerMs how long a program that has claimed the folder may take to identify itself
 * @returns a function that releases the claim
 * @throws InvalidInputError if a running program has the folder; `fields.reason` is 'in-use'
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
  // A connection that can't be accepted, for instance because too many files are open, must not end the program.
  server.on('error', () => undefined);
  // If the file system has no sockets, nobody can be asked, and other programs aren't kept out.
  if ((await tryListen(server, path)) === 'taken') {
    const other = await ask(path, answerMs);
    if (other !== undefined) throw inUse(dataFolder, other);
    // Removes the socket of a program that was killed.
    await unlink(path).catch(() => undefined);
    if ((await tryListen(server, path)) === 'taken') throw inUse(dataFolder, await ask(path, answerMs));
  }
  server.unref();
  return () => new Promise((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
}

/**
 * Returns the running program that uses `dataFolder`, or undefined if there is none.
 * @throws InvalidInputError if there is one that doesn't answer; `fields.reason` is 'in-use'
 */
export async function findInstance(
  dataFolder: string,
  answerMs = ANSWER_MS,
): Promise<RunningInstance | undefined> {
  const answer = await ask(socketPath(dataFolder), answerMs);
  if (answer === 'silent') throw inUse(dataFolder, answer);
  return answer;
}

/**
 * Connecting to the socket of a dead program fails. For a program that is slow or stopped, the system accepts the
 * connection.
 */
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

/** 'taken' means that a file of that name already exists. */
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
