import { readdir, readFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { closeServer, listen } from '../../src/main/server/dataset-server';
import { startBossServer } from '../boss-server';
import { RunningApp } from '../e2e/app-page';
import { fixtureVoxels } from '../fixtures/voxels';
import { describeWith } from '../real-tool';
import { temporaryFolder } from '../temporary-folder';
import { textsBelow } from '../texts-below';
import { launchWithoutPage, RunningWindow } from './running-window';
import { startSecretService } from './secret-service';
import { describeWindow } from './suite';

/** Starts a server, and returns the address of a volume that can be opened only with this token. */
async function startPrivateVolume(token: string): Promise<string> {
  const server = await startBossServer({
    channels: [{ name: 'labels', type: 'annotation', dataType: 'uint64', token }],
    start: [0, 0, 0],
    stop: [96, 64, 16],
    voxelSize: [8, 8, 40],
    unit: 'nanometers',
    levels: 2,
    voxels: ({ dataType }, _, extent) => fixtureVoxels(dataType, extent),
  });
  onTestFinished(() => server.close());
  return `bossdb://${server.url}/lab/mouse/labels`;
}

async function openVolume(page: Page, address: string): Promise<void> {
  await page.getByLabel('or type its path').fill(address);
  await page.getByRole('button', { name: 'Open' }).click();
}

async function quit(window: RunningWindow): Promise<void> {
  const ended = window.ended();
  await window.app.evaluate(({ app }) => app.quit());
  expect(await ended).toBe(0);
}

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

  test('a data folder that another program uses is reported and left alone', async () => {
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

  describeWith('gnome-keyring-daemon', 'the keyring of GNOME', () => {
    test('a token outlives the app in it, and is in no file in plain text', async () => {
      const environment = await startSecretService();
      const flags = ['--password-store=gnome-libsecret'];
      const address = await startPrivateVolume('my-secret-token');
      const first = await RunningWindow.start({ flags, environment });
      await openVolume(first.page, address);
      await first.page.getByLabel(/^Token for/).fill('my-secret-token');
      await first.page.getByLabel('Keep in the keychain of the system').click();
      await first.page.getByRole('button', { name: 'Use it' }).click();
      await first.page.getByRole('button', { name: 'Continue to settings' }).waitFor();
      await quit(first);
      expect(await readFile(join(first.home, 'source-tokens.json'), 'utf8')).toContain('127.0.0.1');
      expect(await textsBelow(first.home)).not.toContain('my-secret-token');

      const again = await RunningWindow.start({ home: first.home, flags, environment });
      await openVolume(again.page, address);
      await again.page.getByRole('button', { name: 'Continue to settings' }).waitFor();
      expect(await again.page.getByLabel(/^Token for/).count()).toBe(0);
      await quit(again);
    });
  });

  test('without a keychain a token is kept only in memory, and the app shows this', async () => {
    const window = await RunningWindow.start({ flags: ['--password-store=basic'] });
    const { page, home } = window;
    const server = createServer((_, response) => response.writeHead(401).end());
    const port = await listen(server, '127.0.0.1', 0);
    onTestFinished(() => closeServer(server));
    await openVolume(page, `bossdb://http://127.0.0.1:${port}/lab/mouse/labels`);
    await page.getByText('this system has no keychain to protect it').waitFor();
    await page.getByLabel(/^Token for/).fill('my-secret-token');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByText('this system has no keychain to protect it').waitFor();
    for (const name of await readdir(home)) {
      if (name.endsWith('.json'))
        expect(await readFile(join(home, name), 'utf8')).not.toContain('my-secret-token');
    }
  });
});
