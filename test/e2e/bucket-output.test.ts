import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTarget } from '../../src/main/publish/open-target';
import { isBucket } from '../../src/main/publish/publish-target';
import { boxOfShape } from '../../src/shared/base/box';
import { writeTiffStack } from '../fixtures/tiff-stack';
import { describeWith } from '../real-tool';
import { SECRET_KEY, startS3, useCredentials } from '../s3-server';
import { temporaryFolder } from '../temporary-folder';
import { axeFindings, configure, dropOn, openApp, RunningApp, withoutMeshes } from './app-page';
import { launchBrowser, newContext } from './browser';
import { colourAt, pictureOf } from './frame-picture';
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
      const page = await openApp(await newContext(await launchBrowser()), app.url);
      await configure(page, join(folder, 'cells'));
      await withoutMeshes(page);

      await page.getByRole('button', { name: 'New bucket…' }).click();
      await page.getByLabel('Name of the target').fill('store');
      await page.getByLabel('Another S3-compatible service').check();
      await page.getByLabel('Address of the service').fill(endpoint);
      await page.getByLabel('Bucket', { exact: true }).fill('cells-bucket');
      await page.getByLabel('Region').fill('eu-test-1');
      await page.getByRole('button', { name: 'Save the target' }).click();
      await page.getByLabel('Access key ID').fill('test-access');
      await page.getByLabel('Secret access key').fill(SECRET_KEY);
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Use these' }).click();
      await page.getByRole('button', { name: 'Make the bucket' }).click();
      await page.getByRole('cell', { name: '16 × 16 × 40' }).waitFor();
      const address = page.getByLabel('Address in the bucket');
      expect(await address.inputValue()).toBe('s3://cells-bucket/datasets');
      expect(await page.getByLabel('Name of the dataset').inputValue()).toBe('cells-precomputed');
      expect(
        await page.getByLabel('Meshes', { exact: true }).getByText('Voxels now, meshes later').count(),
      ).toBe(0);
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
  },
  true,
);
