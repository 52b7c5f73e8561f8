import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IoError } from '../../shared/base/errors';

/** Shows a folder, or the folder of a file, in the file manager of the machine that runs this program. */
export async function reveal(path: string): Promise<void> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const [program, ...parameters] = revealCommand(process.platform, path, isFolder);
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, parameters, { detached: true, stdio: 'ignore' });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
    child.once('error', (cause) => {
      reject(new IoError(`The file manager could not be opened: ${cause.message}.`, { cause }));
    });
  });
}

/**
 * Returns the program and its parameters. On Linux there is no way to point at a file that all file managers know.
 */
export function revealCommand(
  platform: NodeJS.Platform,
  path: string,
  isFolder: boolean,
): [program: string, ...parameters: string[]] {
  if (platform === 'darwin') return isFolder ? ['open', path] : ['open', '-R', path];
  if (platform === 'win32') return isFolder ? ['explorer', path] : ['explorer', `/select,${path}`];
  return ['xdg-open', isFolder ? path : dirname(path)];
}
