import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openTarget } from '../../src/main/publish/open-target';
import { isBucket } from '../../src/main/publish/publish-target';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { describeWith } from '../real-tool';
import { runCli } from '../run-cli';
import { SECRET_KEY, startS3, storedObjects, useCredentials } from '../s3-server';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, dropOn, openApp, RunningApp, withoutMeshes } from './app-page';
import { newContext, sharedBrowser } from './browser';
import { colourAt, countOfHue, pictureOf } from './frame-picture';
import { segmentColour } from './segment-colours';

const SIZE = [64, 64, 40] as const;

/** Lets viewers read the bucket, as its owner does once. */
async function openToViewers(endpoint: string): Promise<void> {
  const target = await openTarget({
    spec: { address: 's3://cells-bucket/datasets', endpoint },
    dataset: await temporaryFolder(),
    createBucket: false,
    credentials: { accessKeyId: 'test-access', secretAccessKey: SECRET_KEY },
    askSecret: () => Promise.resolve(undefined),
    confirmHost: () => Promise.resolve(false),
  });
  if (!isBucket(target)) throw new TypeError('it is no bucket');
  await target.prepare();
  await target.applySetup(await target.inspectSetup());
  await target.close();
}

/** Names a bucket as a place for datasets. */
async function nameBucket(page: Page, endpoint: string): Promise<void> {
  await page.getByRole('button', { name: 'New bucket…' }).click();
  await page.getByLabel('Name of the target').fill('store');
  await page.getByLabel('Another S3-compatible service').check();
  await page.getByLabel('Address of the service').fill(endpoint);
  await page.getByLabel('Bucket', { exact: true }).fill('cells-bucket');
  await page.getByLabel('Region').fill('eu-test-1');
  await page.getByRole('button', { name: 'Save the target' }).click();
}

async function typeCredentials(page: Page): Promise<void> {
  await page.getByLabel('Access key ID').fill('test-access');
  await page.getByLabel('Secret access key').fill(SECRET_KEY);
}

describeWith(
  'versitygw',
  'a bucket as the output',
  () => {
    test('is set up in place, converted into, checked from outside and shown from its address', async () => {
      const { endpoint } = await startS3('versitygw');
      useCredentials({});
      const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
      const data = new Uint32Array(SIZE[0] * SIZE[1] * SIZE[2]).fill(7);
      await writeTiffStack(join(folder, 'cells'), { box: boxOfShape(SIZE), channels: 1, data });
      const app = await RunningApp.start(folder, home);
      const page = await openApp(await newContext(await sharedBrowser()), app.url);
      await configure(page, join(folder, 'cells'));
      await withoutMeshes(page);

      await nameBucket(page, endpoint);
      await typeCredentials(page);
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Use these' }).click();
      await page.getByRole('button', { name: 'Make the bucket' }).click();
      await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
      const address = page.getByLabel('Address in the bucket');
      expect(await address.inputValue()).toBe('s3://cells-bucket/datasets');
      expect(await page.getByLabel('Name of the dataset').inputValue()).toBe('cells-precomputed');
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Convert', exact: true }).click();

      const card = page.getByRole('article', { name: 'cells-precomputed' });
      await card.getByText('Done', { exact: true }).waitFor();
      await openToViewers(endpoint);
      await card.getByRole('button', { name: 'Check from outside' }).click();
      await card.getByText('Viewers can open it').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await card.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('button', { name: 'xy', exact: true }).click();
      const colour = await segmentColour(7n);
      const frame = page.locator('iframe[title="Neuroglancer"]');
      const isSeen = async () =>
        colourAt(await pictureOf(frame), [-60, -60]).every(
          (part, i) => Math.abs(part - (colour[i] ?? 0)) <= 2,
        );
      await expect.poll(isSeen, { interval: 500 }).toBe(true);

      // Another time it takes one choice, and what is there is not replaced without a question.
      await page.getByRole('link', { name: 'Queue', exact: true }).click();
      await configure(page, join(folder, 'cells'));
      await page.getByLabel('Place').selectOption({ label: 'store (s3://cells-bucket/datasets/{name})' });
      await page.getByRole('button', { name: 'Replace the existing dataset…' }).click();
      await page.getByText('It is deleted before the new one is made').waitFor();
      await page.keyboard.press('Escape');

      // Several inputs go there together, and are looked at together from there.
      const names = ['left', 'right'];
      for (const name of names)
        await writeTiffStack(join(folder, name), { box: boxOfShape(SIZE), channels: 1, data });
      await page.getByRole('link', { name: 'Start' }).click();
      await page.getByRole('heading', { name: 'What would you like to convert?' }).waitFor();
      await dropOn(
        page,
        names.map((name) => join(folder, name)),
      );
      await page.getByLabel('Place').selectOption({ label: 'store (s3://cells-bucket/datasets/{name})' });
      const becomes = page.getByRole('article', { name: 'right', exact: true }).getByLabel('Becomes');
      expect(await becomes.inputValue()).toBe('s3://cells-bucket/datasets/right-precomputed');
      for (const axis of ['x', 'y', 'z']) await page.getByLabel(axis, { exact: true }).fill('10');
      await page.getByLabel('Meshes', { exact: true }).selectOption('none');
      await page.getByLabel('Show them together').check();
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Convert all 2' }).click();
      const jobs = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem');
      for (const name of names)
        await jobs
          .filter({ hasText: `${name}-precomputed` })
          .getByText('Done', { exact: true })
          .waitFor();
      await page.getByRole('link', { name: 'Preview together' }).click();
      await page.getByRole('heading', { name: 'left + right' }).waitFor();
      await expect.poll(isSeen, { interval: 500 }).toBe(true);
    });

    test('is given meshes, and to a cluster; a job that is discarded leaves nothing there', async () => {
      const { endpoint, client, stop } = await startS3('versitygw');
      const keys = async (): Promise<string[]> => [
        ...(await storedObjects(client, 'cells-bucket', 'datasets')).keys(),
      ];
      const [folder, home] = [await temporaryFolder(), await temporaryFolder()];
      const box = boxOfShape(SIZE);
      const data = new Uint32Array(SIZE[0] * SIZE[1] * SIZE[2]);
      // A block of one segment in the middle of the volume.
      for (let z = 10; z < 30; z++)
        for (let y = 16; y < 48; y++)
          data.fill(7, (z * SIZE[1] + y) * SIZE[0] + 16, (z * SIZE[1] + y) * SIZE[0] + 48);
      await writeTiffStack(join(folder, 'cells'), { box, channels: 1, data });
      const credentials = {
        AWS_ACCESS_KEY_ID: 'test-access',
        AWS_SECRET_ACCESS_KEY: SECRET_KEY,
        AWS_REGION: 'eu-test-1',
      };
      useCredentials({});
      let app = await RunningApp.start(folder, home);
      const browser = await sharedBrowser();
      let page = await openApp(await newContext(browser), app.url);
      await configure(page, join(folder, 'cells'));
      await withoutMeshes(page);
      await nameBucket(page, endpoint);
      await typeCredentials(page);
      await page.getByRole('button', { name: 'Use these' }).click();
      await page.getByRole('button', { name: 'Make the bucket' }).click();
      await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
      await page.getByRole('button', { name: 'Convert', exact: true }).click();
      const converted = page.getByRole('article', { name: 'cells-precomputed', exact: true });
      await converted.getByText('Done', { exact: true }).waitFor();
      await openToViewers(endpoint);

      await converted.getByRole('button', { name: 'Make meshes…' }).click();
      const dialog = page.getByRole('dialog');
      const address = dialog.getByLabel('Address of the dataset');
      expect(await address.inputValue()).toBe('s3://cells-bucket/datasets/cells-precomputed');
      expect(await axeFindings(page)).toEqual([]);
      await address.fill('s3://cells-bucket/datasets/nothing');
      await dialog.getByRole('button', { name: 'Make meshes' }).click();
      await dialog.getByText('There is no precomputed volume').waitFor();
      await address.fill('s3://cells-bucket/datasets/cells-precomputed');
      await dialog.getByRole('button', { name: 'Make meshes' }).click();
      const meshed = page.getByRole('article', { name: 'Meshes of cells-precomputed' });
      await meshed.getByText('Done', { exact: true }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await meshed.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('button', { name: 'xy', exact: true }).click();
      const frame = page.locator('iframe[title="Neuroglancer"]');
      const [red = 0, green = 0, blue = 0] = await segmentColour(7n);
      const seen = async () => countOfHue(await pictureOf(frame), [red, green, blue]);
      await expect.poll(seen, { interval: 500 }).toBeGreaterThan(500);
      await page.getByRole('button', { name: '3D', exact: true }).click();
      await expect.poll(seen, { interval: 500 }).toBe(0);
      await page.getByRole('list', { name: 'Segments' }).getByRole('checkbox').first().check();
      await expect.poll(seen, { interval: 500 }).toBeGreaterThan(500);

      // Credentials that were typed in are gone with the program, and asked for again.
      await page.close();
      await app.kill();
      app = await RunningApp.start(folder, home);
      page = await openApp(await newContext(browser), app.url);
      await page.getByRole('link', { name: 'Library', exact: true }).click();
      await page.getByRole('button', { name: 'Make meshes in a bucket…' }).click();
      await page.getByLabel('Place').selectOption({ label: 'store (s3://cells-bucket/datasets/{name})' });
      await page.getByLabel('Address of the dataset').fill('s3://cells-bucket/datasets/cells-precomputed');
      await page.getByRole('button', { name: 'Make meshes', exact: true }).click();
      await typeCredentials(page);
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Use these' }).click();
      await page
        .getByRole('list', { name: 'Jobs' })
        .getByRole('listitem')
        .filter({ hasText: 'Meshes of cells-precomputed' })
        .last()
        .getByText('Done', { exact: true })
        .waitFor();

      // A job for a cluster, in a folder that its machines share.
      await configure(page, join(folder, 'cells'));
      await withoutMeshes(page);
      await page.getByLabel('Place').selectOption({ label: 'store (s3://cells-bucket/datasets/{name})' });
      await page.getByLabel('Name of the dataset').fill('by-many');
      await page.getByRole('button', { name: 'Run on a cluster…' }).click();
      await page.getByLabel('Scheduler').selectOption('shell');
      const shared = page.getByLabel('Folder that all machines share');
      expect(await shared.inputValue()).toBe(folder);
      await shared.fill(join(folder, 'shared'));
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Write the job' }).click();
      await page.getByText('The job is ready').waitFor();
      const [work = ''] = await readdir(join(folder, 'shared'));
      const path = join(folder, 'shared', work);
      await page.getByText(join(path, '.precomputed-studio/job/submit.sh')).waitFor();
      await page.getByRole('button', { name: 'To the queue' }).click();
      await page.getByText(/Done by other processes: 0 of \d+ tasks? of volume/).waitFor();
      expect((await runCli(['work', path, '--any'], { env: { ...process.env, ...credentials } })).code).toBe(
        0,
      );
      await page.getByRole('button', { name: 'Finish', exact: true }).click();
      const finished = page.getByRole('article', { name: 'by-many', exact: true });
      await finished.getByText('Done', { exact: true }).waitFor();
      expect(await keys()).toContain('by-many/info');

      // A job that is cancelled, and discarded from the library.
      const beginAndAskToDiscard = async (name: string): Promise<void> => {
        await configure(page, join(folder, 'cells'));
        await withoutMeshes(page);
        await page.getByLabel('Place').selectOption({ label: 'store (s3://cells-bucket/datasets/{name})' });
        await page.getByLabel('Name of the dataset').fill(name);
        await page.getByRole('button', { name: 'Run on a cluster…' }).click();
        await page.getByLabel('Folder that all machines share').fill(join(folder, 'shared'));
        await page.getByRole('button', { name: 'Write the job' }).click();
        await page.getByText('The job is ready').waitFor();
        expect((await keys()).some((key) => key.startsWith(`${name}/`))).toBe(true);
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: 'Library', exact: true }).click();
        await page.getByText(`On its way to s3://cells-bucket/datasets/${name}`).waitFor();
        await page.getByRole('button', { name: 'Discard…' }).click();
      };
      await beginAndAskToDiscard('given-up');
      await page.getByText('is deleted there').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Delete for good' }).click();
      await page.getByText('On its way to').waitFor({ state: 'detached' });
      expect((await keys()).filter((key) => key.startsWith('given-up/'))).toEqual([]);

      // Where the bucket can't be reached, the user decides whether the job is kept.
      await beginAndAskToDiscard('stranded');
      await stop();
      await page.getByRole('button', { name: 'Delete for good' }).click();
      await page
        .getByText('leaves all that begins with s3://cells-bucket/datasets/stranded/ there')
        .waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Discard here only' }).click();
      await page.getByText('On its way to').waitFor({ state: 'detached' });
    });
  },
  true,
);
