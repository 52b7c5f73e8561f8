import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { VerifyReport } from '../../../src/main/engine/dataset/verify-report';
import { verifyDataset } from '../../../src/main/engine/verify-dataset';
import { sourceOptionsSchema } from '../../../src/shared/api/job-spec';
import { boxOfShape } from '../../../src/shared/base/box';
import type { VolumeBlock } from '../../../src/shared/base/volume-block';
import { convertVolume, WORKER_FILE, type Flags } from '../../convert-volume';
import { writeTiffStack } from '../../fixtures/tiff-stack';
import { imageVolume } from '../../fixtures/volumes';
import { randomWords } from '../../random';
import { temporaryFolder } from '../../temporary-folder';

/** Returns waves with noise, so that JPEG is lossy everywhere. */
function grainyVolume(channels: number): VolumeBlock {
  const [width, height, depth] = [50, 41, 13];
  const next = randomWords(3);
  const data = Uint8Array.from(
    { length: width * height * depth * channels },
    (_, i) => 120 + 60 * Math.sin(i / 300) + 40 * Math.cos((i % width) / 5) + (next() % 30),
  );
  return { box: boxOfShape([width, height, depth]), channels, data };
}

async function convert(channels: number, flags: Flags): Promise<{ stack: string; dataset: string }> {
  const folder = await temporaryFolder();
  const [stack, dataset] = [join(folder, 'stack'), join(folder, 'dataset')];
  await writeTiffStack(stack, grainyVolume(channels));
  await convertVolume(stack, dataset, { chunkSize: '16', type: 'image', ...flags });
  return { stack, dataset };
}

function verify(dataset: string, against: string, flags: Flags = {}): Promise<VerifyReport> {
  return verifyDataset({
    dataset,
    against,
    sourceOptions: sourceOptionsSchema.parse(flags),
    workers: 2,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
  });
}

/** Returns the files of the first scale. */
async function chunksOf(dataset: string): Promise<string[]> {
  const folder = join(dataset, '8_8_8');
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

describe('datasets of JPEGs', () => {
  test.each([
    [1, 95],
    [1, 20],
    [3, 85],
  ])(
    '%i channels of quality %i: sound within what JPEG loses, which is reported',
    async (channels, quality) => {
      const { stack, dataset } = await convert(channels, { encoding: 'jpeg', jpegQuality: quality });
      const report = await verify(dataset, stack);
      expect(report.ok).toBe(true);
      for (const { loss } of report.scales) {
        expect(loss?.rootMeanSquare).toBeGreaterThan(0);
        expect(loss?.rootMeanSquare).toBeLessThan(20);
      }
    },
  );

  test('a chunk in the place of another is found', async () => {
    const { stack, dataset } = await convert(1, { encoding: 'jpeg' });
    const [first = '', second = ''] = await chunksOf(dataset);
    await writeFile(first, await readFile(second));
    const report = await verify(dataset, stack);
    expect(report.ok).toBe(false);
    expect(report.scales[0]?.differentVoxels).toBeGreaterThan(1000);
  });

  test('a chunk that is cut off is named', async () => {
    const { stack, dataset } = await convert(1, { encoding: 'jpeg' });
    const [first = ''] = await chunksOf(dataset);
    await writeFile(first, (await readFile(first)).subarray(0, 200));
    const report = await verify(dataset, stack);
    expect(report.ok).toBe(false);
    expect(report.scales[0]?.problems[0]).toMatch(/The chunk 8_8_8\/0-16_0-16_0-13 is corrupt: JPEG image/);
  });
});

test('PNGs are compared to the last bit', async () => {
  const { stack, dataset } = await convert(3, { encoding: 'png' });
  const report = await verify(dataset, stack);
  expect(report.ok).toBe(true);
  expect(report.scales.every(({ loss }) => loss === undefined)).toBe(true);
  const [first = '', second = ''] = await chunksOf(dataset);
  await writeFile(first, await readFile(second));
  expect((await verify(dataset, stack)).ok).toBe(false);
});

test('a window is applied to what the dataset is compared with, too', async () => {
  const folder = await temporaryFolder();
  const [stack, dataset] = [join(folder, 'stack'), join(folder, 'dataset')];
  await writeTiffStack(stack, imageVolume('uint16', [50, 41, 13]));
  const flags = { window: '500:60000', type: 'image' };
  await convertVolume(stack, dataset, { chunkSize: '16', encoding: 'png', dataType: 'uint8', ...flags });
  expect((await verify(dataset, stack, flags)).ok).toBe(true);
  const other = await verify(dataset, stack, { window: '0:60000' });
  expect(other.scales[0]?.differentVoxels).toBeGreaterThan(0);
});
