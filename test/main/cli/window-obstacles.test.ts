import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missingLibraries, windowObstacle } from '../../../src/main/cli/window-obstacles';
import { closeServer, listen } from '../../../src/main/server/dataset-server';
import { startCli } from '../../run-cli';
import { temporaryFolder } from '../../temporary-folder';

/** Any user except root. */
const USER = 1000;

/** Starts a display on which something listens, and returns its address as `host:number`. */
async function startDisplay(): Promise<string> {
  const server = createHttpServer();
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => closeServer(server));
  return `127.0.0.1:${port - 6000}`;
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('a window needs a screen that answers, by X or by Wayland', async () => {
    expect(await windowObstacle({}, USER)).toBe('This machine has no screen.');
    const display = await startDisplay();
    expect(await windowObstacle({ DISPLAY: display }, USER)).toBeUndefined();
    expect(await windowObstacle({ DISPLAY: `${display}.0` }, USER)).toBeUndefined();
    expect(await windowObstacle({ DISPLAY: ':54321' }, USER)).toBe(
      "The screen doesn't answer (DISPLAY=:54321).",
    );

    const folder = await temporaryFolder();
    const wayland = { WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: folder };
    expect(await windowObstacle(wayland, USER)).toBe(
      "The screen doesn't answer (WAYLAND_DISPLAY=wayland-0).",
    );
    const server = createServer().listen(join(folder, 'wayland-0'));
    onTestFinished(() => void server.close());
    expect(await windowObstacle(wayland, USER)).toBeUndefined();
    expect(await windowObstacle({ ...wayland, DISPLAY: ':54321' }, USER)).toBeUndefined();
  });

  test('root has no window, whatever the screen', async () => {
    expect(await windowObstacle({ DISPLAY: await startDisplay() }, 0)).toContain("can't be opened as root");
  });

  test('libraries that are missing are named', async () => {
    expect(await missingLibraries('/bin/ls')).toEqual([]);
    const program = join(await temporaryFolder(), 'program');
    const needed = (await readFile('/bin/ls')).toString('latin1').replaceAll('libc.so.6', 'libq.so.6');
    await writeFile(program, Buffer.from(needed, 'latin1'));
    await chmod(program, 0o755);
    expect(await missingLibraries(program)).toEqual(['libq.so.6']);
    expect(await missingLibraries('/nowhere')).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)(
    'the app says that root has no window, and opens in the browser',
    async () => {
      const home = await temporaryFolder();
      const env = {
        ...process.env,
        PATH: home,
        PRECOMPUTED_STUDIO_HOME: home,
        DISPLAY: await startDisplay(),
      };
      const { child, finished } = startCli(['app'], { env });
      let printed = '';
      child.stdout?.on('data', (text: string) => {
        printed += text;
        if (printed.includes('Ctrl-C')) child.kill('SIGINT');
      });
      const { stdout } = await finished;
      const [first, second] = stdout.split('\n');
      expect(first).toBe(
        "The Electron window can't be opened as root, because its sandbox needs an ordinary user. The app opens in the browser instead.",
      );
      expect(second).toContain('Open this address in a browser');
    },
  );
});
