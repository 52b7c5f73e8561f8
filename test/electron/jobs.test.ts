import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configure, withoutMeshes } from '../e2e/app-page';
import { startWithheldInput } from '../withheld-input';
import { RunningWindow, type StartOptions } from './running-window';
import { describeWindow, isElectron22 } from './suite';

const QUESTION = {
  type: 'question',
  message: 'A job is running.',
  detail: 'It can be resumed the next time, and nothing of it is lost.',
  buttons: ['Keep running', 'Quit'],
  defaultId: 0,
  cancelId: 0,
};

/** Starts the app with a job that runs until its input is released. */
async function startWithRunningJob(options: StartOptions = {}) {
  const input = await startWithheldInput();
  const window = await RunningWindow.start(options);
  const { page } = window;
  await configure(page, input.address);
  await withoutMeshes(page);
  const waits = input.withhold();
  await page.getByRole('button', { name: 'Convert', exact: true }).click();
  await waits;
  await page.getByRole('article').getByText('Running', { exact: true }).waitFor();
  await expect.poll(async () => (await window.notesOf('progress-bar')).at(-1)?.[0]).toBeGreaterThanOrEqual(0);
  return { window, input, page };
}

function closeWindow({ app }: RunningWindow): Promise<void> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
}

async function stateOfJob(home: string): Promise<unknown> {
  const [job] = JSON.parse(await readFile(join(home, 'jobs.json'), 'utf8')) as { state: string }[];
  return job?.state;
}

async function resume(window: RunningWindow): Promise<void> {
  const job = window.page.getByRole('article');
  await job.getByText('Interrupted', { exact: true }).waitFor();
  await job.getByRole('button', { name: 'Resume' }).click();
  await job.getByText('Done', { exact: true }).waitFor();
}

describeWindow('jobs', () => {
  test('closing while a job runs is asked about; kept, it goes on; quit, it is resumed the next time', async () => {
    const { window, input, page } = await startWithRunningJob();
    await closeWindow(window);
    await expect.poll(() => window.notesOf('question')).toEqual([[QUESTION]]);
    await page.getByRole('article').getByText('Running', { exact: true }).waitFor();

    await window.app.evaluate(() => (globalThis.answers.close = 1));
    const ended = window.ended();
    await window.app.evaluate(({ app }) => app.quit());
    expect(await ended).toBe(0);
    expect(await window.notesOf('question')).toHaveLength(2);
    expect(await stateOfJob(window.home)).toBe('interrupted');
    // The killed process has left its socket behind.
    await expect(readFile(join(window.home, 'instance.sock'))).rejects.toMatchObject({ code: 'ENOENT' });

    const again = await RunningWindow.start({ home: window.home });
    input.release();
    await again.page.getByRole('link', { name: 'Queue' }).click();
    await resume(again);
    const closed = again.ended();
    await closeWindow(again);
    expect(await closed).toBe(0);
    expect(await again.notesOf('question')).toEqual([]);
  });

  // In later versions, a test can't record the notifications that are shown.
  test.runIf(isElectron22())(
    'a notification reports a job that ends while the user looks elsewhere, and a click shows it',
    async () => {
      const { window, input, page } = await startWithRunningJob();
      await page.getByRole('link', { name: 'Start' }).click();
      await window.app.evaluate(({ BrowserWindow }) => {
        const [first] = BrowserWindow.getAllWindows();
        Object.assign(first ?? {}, { isFocused: () => globalThis.calls.looks === true });
      });
      input.release();
      await expect
        .poll(() => window.notesOf('notification'))
        .toEqual([[expect.stringMatching(/: converted$/), expect.stringMatching(/^The job ended after/)]]);
      await window.app.evaluate(() => globalThis.shownNotifications[0]?.emit('click'));
      await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
      expect(new URL(page.url()).hash).toMatch(/^#\/queue\?job=/);
      await expect.poll(async () => (await window.notesOf('progress-bar')).at(-1)).toEqual([-1]);
    },
  );

  test('the studio is killed: started again, its job interrupted, the page connected', async () => {
    const { window, input, page } = await startWithRunningJob();
    const first = await window.studioProcess();
    process.kill(first, 'SIGKILL');
    await page.getByText('The engine ended unexpectedly and was started again.').waitFor();
    await expect.poll(async () => (await window.notesOf('progress-bar')).at(-1)).toEqual([-1]);
    expect(await window.studioProcess()).not.toBe(first);
    expect(await window.notesOf('error-box')).toEqual([]);
    input.release();
    await resume(window);
  });

  test('after the studio is killed three times in a row, the app stops with a message', async () => {
    const window = await RunningWindow.start();
    const ended = window.ended();
    for (const time of [1, 2, 3]) {
      const studio = await window.studioProcess();
      process.kill(studio, 'SIGKILL');
      if (time < 3) await expect.poll(() => window.studioProcess()).not.toBe(studio);
    }
    expect(await ended).toBe(0);
    expect(await window.notesOf('error-box')).toEqual([
      [
        'The engine of Precomputed Studio keeps ending',
        expect.stringContaining('can be resumed the next time'),
      ],
    ]);
  });

  test('a studio that does not end is ended when the app is', async () => {
    const window = await RunningWindow.start();
    const studio = await window.studioProcess();
    process.kill(studio, 'SIGSTOP');
    const ended = window.ended();
    await closeWindow(window);
    expect(await ended).toBe(0);
    expect(() => process.kill(studio, 0)).toThrow();
  });

  test('a page that crashes is loaded again', async () => {
    const { app, page } = await RunningWindow.start();
    await page.getByRole('link', { name: 'Queue' }).click();
    const loaded = app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<void>((resolve) => {
          const page = BrowserWindow.getAllWindows()[0]?.webContents;
          page?.once('did-finish-load', () => resolve());
          page?.forcefullyCrashRenderer();
        }),
    );
    await loaded;
    const heading = () =>
      app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
          "document.querySelector('h2')?.textContent",
        ),
      );
    await expect.poll(heading).toBe('Nothing to do');
  });

  // The platform of a shipped app can't be changed.
  test.runIf(isElectron22())(
    'on a Mac jobs go on without a window, which comes back in the colours of the system',
    async () => {
      const { window, input } = await startWithRunningJob({
        environment: { ELECTRON_TEST_PLATFORM: 'darwin' },
      });
      await closeWindow(window);
      const windows = () => window.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
      await expect.poll(windows).toBe(0);
      expect(await window.notesOf('question')).toEqual([]);
      input.release();
      await expect.poll(() => window.notesOf('notification')).toHaveLength(1);
      const opened = window.app.waitForEvent('window');
      await window.app.evaluate(({ app, nativeTheme }) => {
        nativeTheme.themeSource = 'dark';
        app.emit('activate');
      });
      const page = await opened;
      await page.getByRole('link', { name: 'Queue' }).click();
      await page.getByRole('article').getByText('Done', { exact: true }).waitFor();
      const colours = () =>
        window.app.evaluate(({ BrowserWindow }) =>
          BrowserWindow.getAllWindows().map((found) => found.getBackgroundColor().toLowerCase()),
        );
      await expect.poll(colours).toEqual(['#14171c']);
      await window.app.evaluate(({ app }) => app.emit('activate'));
      expect(await windows()).toBe(1);
      expect(
        await window.app.evaluate(
          ({ Menu }) => Menu.getApplicationMenu()?.items[0]?.submenu?.items[0]?.label,
        ),
      ).toBe('About Precomputed Studio');
    },
  );
});
