import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { endWithTest } from '../end-with-test';
import { requireProgram } from '../real-tool';
import { temporaryFolder } from '../temporary-folder';

/**
 * Starts GNOME's keyring, the secret service of most desktops, unlocked and empty, on its own message bus. Returns
 * the environment variables with which a program finds it. Both end with the test.
 */
export async function startSecretService(): Promise<Readonly<Record<string, string>>> {
  const home = await temporaryFolder();
  const environment = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), XDG_DATA_HOME: join(home, 'data') };
  await mkdir(environment.XDG_RUNTIME_DIR, { mode: 0o700 });
  const bus = spawn(requireProgram('dbus-daemon'), ['--session', '--nofork', '--print-address'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  endWithTest(bus, 'SIGTERM');
  const [line] = (await once(bus.stdout, 'data')) as [Buffer];
  const found = { DBUS_SESSION_BUS_ADDRESS: line.toString().trim() };
  const keyring = spawn(
    requireProgram('gnome-keyring-daemon'),
    ['--foreground', '--unlock', '--components=secrets'],
    { env: { ...process.env, ...environment, ...found }, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  endWithTest(keyring, 'SIGKILL');
  // The password of the keyring that is created.
  keyring.stdin.end('password');
  const call = ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const question = [...call, 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
  const env = { ...process.env, ...found };
  await expect
    .poll(async () => (await promisify(execFile)('dbus-send', question, { env })).stdout)
    .toContain('true');
  return found;
}
