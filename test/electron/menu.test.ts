import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSampleStack } from '../../src/main/sources/sample';
import { temporaryFolder } from '../temporary-folder';
import { RunningWindow, startParameters } from './running-window';
import { describeWindow } from './suite';

/** A name with characters that have to be escaped in an address. */
const FOLDER = 'a stack & more, 100 % #1 ü';

async function writeStack(): Promise<{ folder: string; stack: string }> {
  const folder = await temporaryFolder();
  const stack = join(folder, FOLDER);
  await mkdir(stack);
  await writeSampleStack(stack, { size: [32, 24, 4], dataType: 'uint32', seed: 1 });
  return { folder, stack };
}

/** Chooses an entry of the app's menu, as a click or its shortcut does. */
async function choose({ app }: RunningWindow, menu: string, label: string): Promise<string | undefined> {
  return app.evaluate(
    ({ BrowserWindow, Menu }, [menu, label]) => {
      const top = Menu.getApplicationMenu()?.items.find((item) => item.label.replace('&', '') === menu);
      const entry = top?.submenu?.items.find((item) => item.label === label);
      if (entry === undefined) throw new Error(`There is no ${label} in ${menu}.`);
      const [window] = BrowserWindow.getAllWindows();
      entry.click({} as KeyboardEvent, window, window?.webContents);
      return entry.accelerator as string | undefined;
    },
    [menu, label] as const,
  );
}

describeWindow('menu, dialogs and drops', () => {
  test('every entry does what its label promises', async () => {
    const window = await RunningWindow.start();
    const { app, page } = window;
    for (const [label, keys, address, heading] of [
      ['Queue', 'CmdOrCtrl+2', '#/queue', 'Nothing to do'],
      ['Library', 'CmdOrCtrl+3', '#/library', 'No datasets yet'],
      ['Start', 'CmdOrCtrl+1', '#/welcome', 'What would you like'],
    ] as const) {
      expect(await choose(window, 'View', label)).toBe(keys);
      await page.getByRole('heading', { name: heading }).waitFor();
      expect(new URL(page.url()).hash).toBe(address);
    }
    await choose(window, 'Help', 'About Precomputed Studio');
    await choose(window, 'Help', 'About Neuroglancer');
    expect(await window.notesOf('about')).toHaveLength(1);
    expect(await window.notesOf('open-external')).toEqual([['https://github.com/google/neuroglancer']]);

    const roles = await app.evaluate(({ Menu }) =>
      (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) =>
        (submenu?.items ?? []).map(({ role }) => role?.toLowerCase()),
      ),
    );
    for (const role of [
      'quit',
      'copy',
      'paste',
      'selectall',
      'zoomin',
      'zoomout',
      'resetzoom',
      'togglefullscreen',
      'reload',
    ])
      expect(roles).toContain(role);
    expect(roles).not.toContain('forcereload');

    // While the page is still loading, the view is shown once loading is complete.
    await app.evaluate(({ BrowserWindow }) => {
      const [first] = BrowserWindow.getAllWindows();
      Object.assign(first?.webContents ?? {}, { isLoading: () => true });
    });
    await choose(window, 'View', 'Library');
    expect(new URL(page.url()).hash).toBe('#/welcome');
    await app.evaluate(({ BrowserWindow }) => {
      const page = BrowserWindow.getAllWindows()[0]?.webContents as unknown as NodeJS.EventEmitter;
      page.emit('did-finish-load');
    });
    await page.getByRole('heading', { name: 'No datasets yet' }).waitFor();

    const closed = window.ended();
    await choose(window, 'File', 'Quit').catch(() => undefined);
    expect(await closed).toBe(0);
  });

  test('shortcuts work by the keyboard', async () => {
    const { app, page } = await RunningWindow.start();
    const accelerators = await app.evaluate(({ Menu }) =>
      (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) =>
        (submenu?.items ?? [])
          .map(({ accelerator }) => accelerator as string | undefined)
          .filter((keys) => keys !== undefined),
      ),
    );
    expect(accelerators).toEqual(
      expect.arrayContaining([
        'CmdOrCtrl+O',
        'CmdOrCtrl+Shift+O',
        'CmdOrCtrl+1',
        'CmdOrCtrl+2',
        'CmdOrCtrl+3',
      ]),
    );
    await app.evaluate(({ BrowserWindow }) => {
      const [first] = BrowserWindow.getAllWindows();
      first?.focus();
      for (const type of ['keyDown', 'keyUp'] as const)
        first?.webContents.sendInputEvent({ type, keyCode: '2', modifiers: ['control'] });
    });
    await page.getByRole('heading', { name: 'Nothing to do' }).waitFor();
  });

  test('folders and files are chosen in the dialogs of the system', async () => {
    const window = await RunningWindow.start();
    const { app, page } = window;
    const { folder, stack } = await writeStack();
    const [file] = ['volume.npy'].map((name) => join(folder, name));

    await choose(window, 'File', 'Open Folder…');
    await expect.poll(() => window.notesOf('open-dialog')).toHaveLength(1);
    expect(new URL(page.url()).hash).toBe('');

    await app.evaluate((_, paths) => globalThis.answers.paths.push(...paths), [stack]);
    await choose(window, 'File', 'Open Folder…');
    await page.getByText('TIFF stack').waitFor();
    await page.getByText(FOLDER, { exact: false }).first().waitFor();

    await app.evaluate((_, paths) => globalThis.answers.paths.push(...paths), [file ?? '']);
    await choose(window, 'File', 'Open File…');
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'Start' }).click();

    await app.evaluate((_, paths) => globalThis.answers.paths.push(...paths), [stack]);
    await page.getByRole('button', { name: 'Browse…' }).click();
    await page.getByText('TIFF stack').waitFor();
    await page.getByRole('button', { name: 'Continue to settings' }).click();
    expect(await window.notesOf('open-dialog')).toEqual([
      [{ title: 'Choose a folder to convert', properties: ['openDirectory', 'createDirectory'] }],
      [{ title: 'Choose a folder to convert', properties: ['openDirectory', 'createDirectory'] }],
      [{ title: 'Choose a file to convert', properties: ['openFile'] }],
      [expect.objectContaining({ properties: ['openDirectory', 'createDirectory'] })],
    ]);
  });

  test('a folder that is dropped on the window is opened', async () => {
    const { page } = await RunningWindow.start();
    const { stack } = await writeStack();
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [stack], dragOperationsMask: 1 };
    const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
      session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    await drag('dragEnter');
    await drag('dragOver');
    await page.getByText('Drop it to look at it').waitFor();
    // Drags are reported repeatedly, so that an element that has just appeared below the pointer also receives one
    // before the drop.
    await drag('dragOver');
    await drag('drop');
    await page.getByText('TIFF stack').waitFor();
    await page.getByText(FOLDER, { exact: false }).first().waitFor();
    expect(new URLSearchParams(new URL(page.url()).hash.replace(/^.*\?/, '')).get('path')).toBe(stack);
  });

  test('a second start shows the window of the first, and ends', async () => {
    const first = await RunningWindow.start();
    await first.app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      window?.hide();
      Object.assign(window ?? {}, {
        isMinimized: () => true,
        restore: () => (globalThis.calls.restored = true),
        focus: () => (globalThis.calls.focused = true),
      });
    });
    const { executablePath, args, env } = await startParameters({ home: first.home });
    const second = spawn(executablePath, args, { env, stdio: 'ignore' });
    expect(await once(second, 'exit')).toEqual([0, null]);
    const shown = () =>
      first.app.evaluate(({ BrowserWindow }) => ({
        windows: BrowserWindow.getAllWindows().map((window) => window.isVisible()),
        calls: globalThis.calls,
      }));
    await expect.poll(shown).toEqual({ windows: [true], calls: { restored: true, focused: true } });
  });

  test('the window comes back where it was', async () => {
    const first = await RunningWindow.start();
    const bounds = { x: 120, y: 80, width: 1000, height: 700 };
    await first.app.evaluate(
      ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
      bounds,
    );
    const boundsOf = ({ app }: RunningWindow) =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
    await expect.poll(() => boundsOf(first)).toEqual(bounds);
    const closed = first.ended();
    await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    expect(await closed).toBe(0);
    const again = await RunningWindow.start({ home: first.home });
    await expect.poll(() => boundsOf(again)).toEqual(bounds);
  });
});
