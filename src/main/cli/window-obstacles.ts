import { execFile } from 'node:child_process';
import { createConnection, type NetConnectOpts } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** A screen that takes longer to answer is on a network, where a window would be of little use. */
const ANSWER_MS = 3000;
/** X servers that are reached by TCP listen on this port and those above it, one a display. */
const X_PORT = 6000;
const X_SOCKETS = '/tmp/.X11-unix';

/**
 * Why Electron's window can't be opened by this user on this screen, as a whole sentence; undefined where nothing is known to
 * keep it from opening. Electron itself ends in an endless loop as root, and without a screen in a crash.
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
 * The shared libraries that a program needs and the system hasn't, by their names. None where that can't be found out, as on
 * systems other than Linux.
 */
export async function missingLibraries(executable: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = await promisify(execFile)('ldd', [executable], { env }).catch(() => ({ stdout: '' }));
  const names = [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name = '']) => name);
  return [...new Set(names)].sort();
}

interface Screen {
  /** The variable of the environment that names it, and how. */
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

/** @param display as X names it: `host:number.screen`; without a host, a socket of this machine */
function addressesOfX(display: string): readonly NetConnectOpts[] {
  const [, host = '', number = ''] = /^(.*):(\d+)(?:\.\d+)?$/.exec(display) ?? [];
  if (number === '') return [];
  if (host !== '' && host !== 'unix') return [{ host, port: X_PORT + Number(number) }];
  const path = join(X_SOCKETS, `X${number}`);
  // Some servers have but the socket without a file.
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
