import { readdir, readFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listen } from '../../src/main/server/dataset-server';
import { RunningApp } from '../e2e/app-page';
import { temporaryFolder } from '../temporary-folder';
import { launchWithoutPage, RunningWindow } from './running-window';
import { describeWindow } from './suite';

describeWindow('settings', () => {
  test('settings that are broken are set aside, with a word', async () => {
    const home = await temporaryFolder();
    for (const name of ['settings.json', 'jobs.json']) await writeFile(join(home, name), '{"not": ');
    await mkdir(join(home, 'window'));
    const { page } = await RunningWindow.start({ home });
    await page.getByText('could not be understood').first().waitFor();
    const names = await readdir(home);
    expect(names.filter((name) => name.includes('.broken-'))).toHaveLength(2);
  });

  test('a data folder that another program has is told of, and left alone', async () => {
    const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
    await RunningApp.start(folder, home);
    const second = await launchWithoutPage({ home });
    expect(await second.ended()).toBe(0);
    expect(await second.notesOf('error-box')).toEqual([
      [
        "Precomputed Studio can't be started",
        expect.stringMatching(/^Precomputed Studio is already running \(process \d+\)\.\nUse that one/),
      ],
    ]);
  });

  test('without a keychain a token is kept in memory alone, and the app says so', async () => {
    const window = await RunningWindow.start({ flags: ['--password-store=basic'] });
    const { page, home } = window;
    const server = createServer((_, response) => response.writeHead(401).end());
    const port = await listen(server, '127.0.0.1', 0);
    onTestFinished(() => closeServer(server));
    await page.getByLabel('or type its path').fill(`bossdb://http://127.0.0.1:${port}/lab/mouse/labels`);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('there is no keychain here that would protect it').waitFor();
    await page.getByLabel(/^Token for/).fill('my-secret-token');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByText('there is no keychain here that would protect it').waitFor();
    for (const name of await readdir(home)) {
      if (name.endsWith('.json'))
        expect(await readFile(join(home, name), 'utf8')).not.toContain('my-secret-token');
    }
  });
});
