import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isBucket } from '../../src/main/publish/publish-target';
import { nginxForTarget } from '../../src/main/publish/nginx-config';
import { openTarget } from '../../src/main/publish/open-target';
import { publishDataset } from '../../src/main/publish/publish-job';
import type { TargetSpec } from '../../src/shared/api/publish-spec';
import { sceneOfVolumes } from '../../src/shared/precomputed/viewer-link';
import { writeSmallDataset } from '../fixtures/small-dataset';
import { startNginx } from '../nginx';
import { describeWith } from '../real-tool';
import { startS3 } from '../s3-server';
import { temporaryFolder } from '../temporary-folder';
import { sharedBrowser } from './browser';
import { segmentColour } from './segment-colours';
import { ViewerPage } from './viewer-page';

const LARGE = 2n ** 60n + 7n;
/** The centres of the left and the right half of a volume that is shown completely in 1000 × 700 pixels. */
const HALVES = [
  [420, 350],
  [580, 350],
] as const;

/** Publishes a volume with one segment in each half, and opens it in Neuroglancer from its published address. */
async function openPublished(spec: TargetSpec): Promise<void> {
  const dataset = await temporaryFolder();
  const info = await writeSmallDataset(dataset, [64, 64, 40], (x) => (x < 32 ? 3n : LARGE));
  const target = await openTarget({
    spec,
    dataset,
    createBucket: true,
    askSecret: () => Promise.resolve(undefined),
    confirmHost: () => Promise.resolve(false),
  });
  onTestFinished(() => target.close());
  if (isBucket(target)) {
    await target.prepare();
    await target.applySetup(await target.inspectSetup());
  }
  const { check } = await publishDataset({
    dataset,
    target,
    dataFolder: await temporaryFolder(),
    dryRun: false,
    checksum: false,
    deleteStale: false,
    overwrite: false,
    check: true,
    signal: new AbortController().signal,
    emit: () => undefined,
  });
  expect(check).toMatchObject({ ok: true });
  const viewer = await ViewerPage.open(await sharedBrowser());
  const scene = sceneOfVolumes([{ info, datasetUrl: target.publicUrl ?? '', name: 'labels' }]);
  await viewer.show({ ...scene, layout: 'xy', crossSectionScale: 0.2 });
  await viewer.event('status', { status: 'loaded' });
  const pixels = await viewer.pixels(HALVES);
  const colours = await Promise.all([3n, LARGE].map(segmentColour));
  const differences = pixels.flatMap((parts, i) =>
    parts.map((part, k) => Math.abs(part - (colours[i]?.[k] ?? NaN))),
  );
  expect(differences).toHaveLength(6);
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
}

describeWith('nginx', 'Neuroglancer shows what is published', () => {
  test.each([['gzip'], ['none']] as const)(
    'on nginx by the generated configuration alone (--compression %s)',
    async (compression) => {
      const folder = join(await temporaryFolder(), 'set');
      // The configuration doesn't depend on the port, which is known only once nginx runs.
      const location = nginxForTarget({
        address: `file:${folder}`,
        url: 'http://host/data/set',
        compression,
      });
      const url = `${await startNginx(location)}/data/set`;
      await openPublished({ address: `file:${folder}`, url, compression });
    },
  );
});

describeWith(
  'versitygw',
  'Neuroglancer shows a bucket',
  () => {
    test('whose settings were made by the checklist', async () => {
      const { endpoint } = await startS3('versitygw');
      await openPublished({ address: 's3://test-bucket/data/set', endpoint });
    });
  },
  true,
);
