import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { VerifyReport } from '../../../../src/main/engine/dataset/verify-report';
import { verifyDataset } from '../../../../src/main/engine/verify-dataset';
import { sourceOptionsSchema } from '../../../../src/shared/api/job-spec';
import { boxOfShape } from '../../../../src/shared/base/box';
import { convertVolume, WORKER_FILE } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { labelVolume } from '../../../fixtures/volumes';
import { sharedTemporaryFolder } from '../../../temporary-folder';

const folder = sharedTemporaryFolder();
const [stack, dataset] = [join(folder, 'stack'), join(folder, 'dataset')];

beforeAll(async () => {
  await writeTiffStack(stack, labelVolume('uint64', [50, 41, 33]));
  await convertVolume(stack, dataset, { chunkSize: '8', components: '6' });
});

function verify(against: string, root = dataset): Promise<VerifyReport> {
  return verifyDataset({
    dataset: root,
    against,
    sourceOptions: sourceOptionsSchema.parse({}),
    workers: 2,
    workerFile: WORKER_FILE,
    signal: new AbortController().signal,
  });
}

/** Verifies the dataset with a changed file. */
async function verifyChanged(name: string, change: (text: string) => string): Promise<VerifyReport> {
  const path = join(dataset, name);
  const text = await readFile(path, 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(path, change(text));
  try {
    return await verify(stack);
  } finally {
    await writeFile(path, text);
  }
}

describe('a dataset whose ids were split', () => {
  test('is compared with its input by the list of its components', async () => {
    const report = await verify(stack);
    expect(report.ok).toBe(true);
    expect(report.scales[0]).toMatchObject({ comparedWith: 'the input', comparedVoxels: 50 * 41 * 33 });
  });

  test('differs where a component is listed for another id', async () => {
    const report = await verifyChanged('components.csv', (text) => text.replace(/\n7,7,/, '\n7,8,'));
    expect(report.ok).toBe(false);
    expect(report.scales[0]?.firstDifference).toMatchObject({ expected: '7', found: '8' });
  });

  test('differs where a component is not listed', async () => {
    const report = await verifyChanged('components.csv', (text) => text.replace(/\n7,7,\d+/, ''));
    expect(report.scales[0]?.firstDifference).toMatchObject({ expected: '7', found: '0' });
  });

  test('is not sound where what touches has several ids', async () => {
    const report = await verifyChanged('provenance', (text) =>
      text.replace('"components": "6"', '"components": "26"'),
    );
    expect(report.ok).toBe(false);
    expect(report.scales[0]?.problems[0]).toMatch(/voxels of one id that touch have several ids/);
  });

  test('names the piece in which what touches has several ids', async () => {
    const [line, split] = [join(folder, 'line'), join(folder, 'split')];
    // Two voxels that share an edge, on both sides of the border between two pieces.
    const data = new BigUint64Array(2 * 300);
    data[127] = data[300 + 128] = 5n;
    await writeTiffStack(line, { box: boxOfShape([300, 2, 1]), channels: 1, data });
    await convertVolume(line, split, { chunkSize: '512', components: '6' });
    const provenance = join(split, 'provenance');
    const text = await readFile(provenance, 'utf8');
    await writeFile(provenance, text.replace('"components": "6"', '"components": "26"'));
    expect((await verify(line, split)).scales[0]?.problems).toEqual([
      '[0, 128) × [0, 2) × [0, 1): voxels of one id that touch have several ids',
    ]);
  });

  test('differs from another input', async () => {
    const other = join(folder, 'other');
    await writeTiffStack(other, labelVolume('uint64', [50, 41, 33], 2));
    expect((await verify(other)).scales[0]?.differentVoxels).toBeGreaterThan(1000);
  });
});
