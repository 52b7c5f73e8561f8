import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteBucketCommand, DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Page } from 'playwright-core';
import { expect, test, onTestFinished } from 'vitest';
import { nginxLocation } from '../../src/main/publish/nginx-config';
import { SavedTargets } from '../../src/main/publish/saved-targets';
import { startDatasetServer } from '../../src/main/server/dataset-server';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { startNginx } from '../nginx';
import { describeWith } from '../real-tool';
import { SECRET_KEY, startS3, useCredentials } from '../s3-server';
import { startTwoFactorServer } from '../ssh-server';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, openApp, RunningApp } from './app-page';
import { newContext, sharedBrowser } from './browser';

/** Starts the app with a dataset in a folder that it may use, in the view that publishes it. */
async function startWithDataset() {
  const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
  const dataset = join(folder, 'cells');
  await writeSmallDataset(dataset, [70, 64, 40], (x) => BigInt(1 + (x >> 4)));
  await writeSmallDataset(join(folder, 'more'), [32, 32, 32], () => 5n);
  const app = await RunningApp.start(folder, home);
  const browser = await sharedBrowser();
  const page = await openApp(await newContext(browser), app.url);
  await page.goto(new URL(`/#/publish?path=${encodeURIComponent(dataset)}`, page.url()).href);
  return { folder, home, dataset, app, browser, page };
}

async function addFolderTarget(page: Page, folder: string, url: string): Promise<void> {
  await page.getByRole('button', { name: 'New target' }).click();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Folder on this machine' }).click();
  await page.getByLabel('Name of the target').fill('web');
  await page.getByLabel('Folder', { exact: true }).fill(folder);
  await page.getByLabel('Web address').fill(url);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Save the target' }).click();
}

test('a dataset is published to a folder that a web server shows, checked and linked', async () => {
  const { page, folder } = await startWithDataset();
  const www = join(folder, 'www');
  const server = await startDatasetServer({ root: folder, port: 0, origins: '*' });
  onTestFinished(() => server.close());
  await addFolderTarget(page, join(www, '{name}'), `http://127.0.0.1:${server.port}/www/{name}`);
  await page.getByText('13 files').first().waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByText('Viewers can open it').waitFor();
  expect(await page.getByRole('link', { name: 'Open in Neuroglancer' }).getAttribute('href')).toContain(
    encodeURI('precomputed://http://127.0.0.1:'),
  );
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: 'Publish', exact: true }).click();
  await page.getByRole('heading', { name: 'What was published here' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);

  // What is to be typed in to solve a problem is shown as code.
  const closed = await startDatasetServer({ root: folder, port: 0, origins: ['https://example.org'] });
  onTestFinished(() => closed.close());
  await page.getByLabel('Address of a dataset').fill(`http://127.0.0.1:${closed.port}/www/cells`);
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  const report = page.getByRole('region', { name: 'Check from outside' });
  await report.locator('code').getByText('Access-Control-Allow-Origin: *', { exact: true }).first().waitFor();
  expect(await report.innerText()).not.toContain('`');
  expect(await axeFindings(page)).toEqual([]);

  // From then on, it takes one click, both in the preview and in the library.
  const address = new URL(`/#/preview?path=${encodeURIComponent(join(folder, 'more'))}`, page.url()).href;
  await page.goto(address);
  await page.getByRole('button', { name: 'Publish to web' }).click();
  await page.getByRole('article', { name: 'more → web' }).getByText('Viewers can open it').waitFor();
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await page.getByLabel('Path', { exact: true }).fill(folder);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Choose this folder' }).click();
  const card = page
    .getByRole('article')
    .filter({ hasText: 'more' })
    .filter({ has: page.getByRole('link', { name: 'web' }) });
  await card.getByRole('button', { name: 'Actions for more' }).click();
  await page.getByRole('menuitem', { name: 'Unpublish from web…' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Unpublish more from web?' });
  await dialog.getByText('2 files').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Delete there' }).click();
  await card.waitFor({ state: 'detached' });
  expect((await fetch(`http://127.0.0.1:${server.port}/www/more/info`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${server.port}/www/cells/info`)).status).toBe(200);
});

describeWith('nginx', 'nginx by the configuration that the app shows', () => {
  test('shows what was published', async () => {
    const { page, folder } = await startWithDataset();
    const location = nginxLocation({
      path: '/data',
      folder: join(folder, 'www'),
      naming: 'gz-suffix',
    });
    const origin = await startNginx(location);
    await addFolderTarget(page, join(folder, 'www/{name}'), `${origin}/data/{name}`);
    await page.getByText('Configuration for nginx').click();
    const shown = await page.locator('pre').innerText();
    expect(shown.trim()).toBe(location.trim());
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText('Viewers can open it').waitFor();
  });
});

test('a host that wants a key, a password and a one-time code asks in a dialog', async () => {
  const { port, key } = await startTwoFactorServer('open sesame', '271828');
  const { page, folder } = await startWithDataset();
  await copyFile(key, join(folder, 'key'));
  await page.getByRole('button', { name: 'New target' }).click();
  await page.getByRole('button', { name: 'Web server over SSH' }).click();
  await page.getByLabel('Name of the target').fill('host');
  await page.getByLabel('Host', { exact: true }).fill('127.0.0.1');
  await page.getByLabel('Port').fill(String(port));
  await page.getByLabel('User').fill('somebody');
  await page.getByLabel('Folder on the host').fill(join(folder, 'www', '{name}'));
  await page.getByLabel('Key file').fill(join(folder, 'key'));
  await page.getByLabel('Typed in here').check();
  await page.getByLabel('Password', { exact: true }).fill('open sesame');
  await page.getByRole('button', { name: 'Save the target' }).click();
  await page.getByText('SHA256:').waitFor();
  await page.getByRole('button', { name: 'It is the same: trust this host' }).click();

  const dialog = page.getByRole('dialog', { name: '127.0.0.1 asks' });
  const field = dialog.getByLabel('Verification code:');
  expect(await field.getAttribute('type')).toBe('password');
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText("the host asks 'Verification code:', which was not answered").waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await field.fill('271828');
  await page.keyboard.press('Enter');
  await page.getByText('13 files').first().waitFor();

  // The job is a process of its own, and logs in again.
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await field.fill('271828');
  await dialog.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('article', { name: 'cells → host' }).getByText('Done', { exact: true }).waitFor();
  expect(await readdir(join(folder, 'www', 'cells'))).toContain('info');
});

describeWith(
  'versitygw',
  'a bucket',
  () => {
    test('is made and set up with consent, with credentials that are typed in when they are missed', async () => {
      const { endpoint } = await startS3('versitygw');
      useCredentials({});
      const { page } = await startWithDataset();
      await page.getByRole('button', { name: 'New target' }).click();
      await page.getByRole('button', { name: 'Object store (S3)' }).click();
      await page.getByLabel('Name of the target').fill('store');
      await page.getByLabel('Another S3-compatible service').check();
      await page.getByLabel('Address of the service').fill(endpoint);
      await page.getByLabel('Bucket', { exact: true }).fill('cells-bucket');
      await page.getByLabel('Region').fill('eu-test-1');
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Save the target' }).click();

      await page.getByLabel('Access key ID').fill('test-access');
      await page.getByLabel('Secret access key').fill(SECRET_KEY);
      await page.getByText('not written to any file').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Use these' }).click();
      await page.getByRole('button', { name: 'Make the bucket' }).click();
      await page.getByRole('heading', { name: 'Settings of the bucket' }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: /^Make (this|these)/ }).click();
      await page.getByRole('button', { name: 'Change the settings' }).click();
      await page.getByRole('button', { name: /^Make (this|these)/ }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Publish', exact: true, disabled: false }).click();
      await page.getByRole('region', { name: 'Check from outside' }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
    });

    test('takes the layers of a project after all that is missing was settled in one dialog', async () => {
      const { endpoint, client } = await startS3('versitygw');
      useCredentials({});
      const { folder, home, page } = await startWithDataset();
      await new SavedTargets(home).save('store', {
        address: 's3://layers-bucket/datasets/{name}',
        endpoint,
        region: 'eu-test-1',
      });
      await page.goto(
        new URL(`/#/preview?path=${encodeURIComponent(join(folder, 'cells'))}`, page.url()).href,
      );
      await page.reload();
      await page.getByRole('button', { name: 'Add a layer' }).click();
      await page.getByLabel('or the folder or address of a dataset').fill(join(folder, 'more'));
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('heading', { name: 'cells + more' }).waitFor();
      await page.getByRole('button', { name: 'Publish…' }).click();
      const dialog = page.getByRole('dialog', { name: 'Publish cells + more' });
      await dialog.getByLabel('Access key ID').fill('test-access');
      await dialog.getByLabel('Secret access key').fill(SECRET_KEY);
      expect(await dialog.getByRole('button', { name: 'Publish all' }).isDisabled()).toBe(true);
      expect(await dialog.getByText('Not known yet').count()).toBe(2);
      await dialog.getByRole('button', { name: 'Use these' }).click();
      await dialog.getByRole('button', { name: 'Make the bucket' }).waitFor();
      expect(await dialog.getByText('Not there yet').count()).toBe(2);
      await dialog.getByRole('button', { name: 'Make the bucket' }).click();
      await dialog.getByRole('button', { name: /^Make (this|these)/ }).click();
      await page.getByRole('button', { name: 'Change the settings' }).click();
      await dialog.getByRole('button', { name: /^Make (this|these)/ }).waitFor({ state: 'detached' });
      expect(await axeFindings(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Publish all', disabled: false }).click();
      await dialog.getByRole('link', { name: 'Open in Neuroglancer' }).waitFor();
      for (const name of ['cells', 'more'])
        expect((await fetch(`${endpoint}/layers-bucket/datasets/${name}/info`)).status).toBe(200);

      // Another view isn't covered by the dialog of the one that was left.
      await dialog.getByRole('link', { name: 'Details' }).first().click();
      await page.getByRole('article', { name: 'cells → store' }).waitFor();
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Clear finished' }).click();
      await page.getByRole('heading', { name: 'Nothing to do' }).waitFor();

      // An upload that finds no bucket offers to make it, and goes on.
      const Bucket = 'layers-bucket';
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      await client.send(new DeleteBucketCommand({ Bucket }));
      await page.goto(
        new URL(`/#/preview?path=${encodeURIComponent(join(folder, 'more'))}`, page.url()).href,
      );
      await page.getByRole('button', { name: 'Publish to store' }).click();
      const job = page.getByRole('article', { name: 'more → store' });
      await job.getByText('Failed').waitFor();
      await job.getByRole('button', { name: 'Make the bucket' }).click();
      await job.getByRole('region', { name: 'Check from outside' }).waitFor();
      await job.getByText('Sent, not readable').waitFor();
    });
  },
  true,
);
