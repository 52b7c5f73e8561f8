import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startBossServer } from '../boss-server';
import { fixtureVoxels } from '../fixtures/voxels';
import { temporaryFolder } from '../temporary-folder';
import { textsBelow } from '../texts-below';
import { axeFindings, openApp, RunningApp, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';

test('an input at an address: its token is asked for, and it is previewed, converted, and kept with no secret', async () => {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const server = await startBossServer({
    channels: [{ name: 'labels', type: 'annotation', dataType: 'uint64', token: 'geheim' }],
    start: [0, 0, 0],
    stop: [96, 64, 16],
    voxelSize: [8, 8, 40],
    unit: 'nanometers',
    levels: 2,
    voxels: ({ dataType }, _, extent) => fixtureVoxels(dataType, extent),
  });
  onTestFinished(() => server.close());
  const app = await RunningApp.start(folder, home);
  const page = await openApp(await newContext(await sharedBrowser()), app.url);
  const address = `bossdb://${server.url}/lab/mouse/labels`;

  await page.getByLabel('or type its path').fill('https://user:geheim@a.example/b');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').getByText("a user's name or password").waitFor();
  await page.getByRole('button', { name: 'Choose another' }).click();

  await page.getByLabel('or type its path').fill(address);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').getByText('status 403').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel(/^Token for 127/).fill('geheim');
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByText('96 × 64 × 16 voxels').waitFor();
  await page.locator('canvas').waitFor();

  await page.getByRole('button', { name: 'Continue to settings' }).click();
  await page.getByRole('heading', { name: 'Settings for labels' }).waitFor();
  await withoutMeshes(page);
  await page.getByRole('button', { name: 'Convert', exact: true, disabled: false }).click();
  await page.getByText('Done', { exact: true }).first().waitFor();
  expect((await readFile(join(folder, 'labels-precomputed', 'info'), 'utf8')).length).toBeGreaterThan(0);

  expect(await textsBelow(folder, home)).not.toContain('geheim');
});
