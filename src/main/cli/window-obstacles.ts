import { execFile } from 'node:child_process';
import { createConnection, type NetConnectOpts } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** A display that takes longer to answer is on a network, where a window would be of little use. */
const ANSWER_MS = 3000;
/** X servers that use TCP listen on this port plus the number of the display. */
const X_PORT = 6000;
const X_SOCKETS = '/tmp/.X11-unix';

/**
 * Returns why Electron's window can't be opened by this user on this display, as a whole sentence, or undefined if no
 * obstacle is known. Electron itself runs into an endless loop as root, and crashes without a display.
 */
export async function windowObstacle(
  environment: NodeJS.ProcessEnv = process.env,
  userId = process.getuid?.(),
): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const screens = screensOf(environment);
  if (screens.length === 0) return 'This machine has no screen.';
  if (userId === 0)
    return "The Electron window can't be opened as root, because its sandbox needs an ordinary user.";
  const answers = await Promise.all(screens.flatMap(({ addresses }) => addresses).map(hasServer));
  if (answers.includes(true)) return undefined;
  return `The screen doesn't answer (${screens.map(({ name }) => name).join(', ')}).`;
}

/**
 * Returns the names of the shared libraries that a program needs and the system doesn't have. The list is empty if
 * that is unknown, as on systems other than Linux.
 */
export async function missingLibraries(executable: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = await promisify(execFile)('ldd', [executable], { env }).catch(() => ({ stdout: '' }));
  const names = [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name = '']) => name);
  return [...new Set(names)].sort();
}

interface Screen {
  /** The environment variable that names it, with its value. */
  readonly name: string;
  readonly addresses: readonly NetConnectOpts[];
}

function screensOf({
  DISPLAY: display,
  WAYLAND_DISPLAY: wayland,
  XDG_RUNTIME_DIR: runtime = '',
}: NodeJS.ProcessEnv): readonly Screen[] {
  const screens: Screen[] = [];
  if (wayland) {
    const path = isAbsolute(wayland) ? wayland : join(runtime, wayland);
    screens.push({ name: `WAYLAND_DISPLAY=${wayland}`, addresses: [{ path }] });
  }
  if (display) screens.push({ name: `DISPLAY=${display}`, addresses: addressesOfX(display) });
  return screens;
}

/** @param display in X's notation `host:number.screen`; without a host it means a socket on this machine */
function addressesOfX(display: string): readonly NetConnectOpts[] {
  const [, host = '', number = ''] = /^(.*):(\d+)(?:\.\d+)?$/.exec(display) ?? [];
  if (number === '') return [];
  if (host !== '' && host !== 'unix') return [{ host, port: X_PORT + Number(number) }];
  const path = join(X_SOCKETS, `X${number}`);
  // Some servers only have the abstract socket, without a file.
  return [{ path }, { path: `\0${path}` }];
}

function hasServer(address: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
