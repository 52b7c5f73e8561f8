import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

describe('WKW files written by wkw', () => testDescribedFixtures('wkw'));

async function read(path: string): Promise<void> {
  const source = await openSource(path, { kind: 'image' });
  try {
    const { size, dataType, channels } = source.metadata;
    const box = boxOfShape(size);
    await source.read(box, { box, channels, data: allocateVoxels(dataType, boxVolume(box) * channels) });
  } finally {
    await source.close();
  }
}

async function copyOf(name: string): Promise<string> {
  const path = join(await temporaryFolder(), 'copy');
  await cp(fixture('wkw', name), path, { recursive: true });
  return path;
}

test('of the finest magnifications the segmentation is taken where labels are wanted', async () => {
  const source = await openSource(fixture('wkw', 'dataset'), { kind: 'segmentation' });
  await source.close();
  expect(source.metadata).toMatchObject({ dataType: 'uint32', kind: 'segmentation', size: [9, 7, 5] });
  expect(source.metadata.passedOver.join()).toContain('cells/2-2-1');
});

test('the name of a layer stands for its finest magnification', async () => {
  const source = await openSource(fixture('wkw', 'dataset'), { dataset: 'cells' });
  await source.close();
  expect(source.metadata).toMatchObject({ dataType: 'uint32', size: [9, 7, 5] });
});

test('a coarser magnification has larger voxels in a smaller box', async () => {
  const source = await openSource(fixture('wkw', 'dataset'), { dataset: 'cells/2-2-1' });
  await source.close();
  expect(source.metadata).toMatchObject({
    size: [5, 4, 5],
    resolutionNm: [16, 8, 40],
    voxelOffset: [1, 0, 10],
  });
});

test('a single file is sent to its folder', async () => {
  await expect(openSource(fixture('wkw', 'alone-int16/z0/y1/x0.wkw'))).rejects.toMatchObject({
    remedy: expect.stringContaining('header.wkw'),
  });
});

test('files that are all missing are no volume of zeros', async () => {
  const path = await copyOf('alone-int16');
  await rm(join(path, 'z0'), { recursive: true });
  await expect(openSource(path)).rejects.toThrow('all of its files');
});

test.each([
  ['cut off in its table', (bytes: Buffer) => bytes.subarray(0, 40), /table of blocks is cut off/],
  ['cut off in a block', (bytes: Buffer) => bytes.subarray(0, -1), /block 7: the file ends before it/],
  ['of another grid', (bytes: Buffer) => Buffer.from(bytes).fill(0x23, 4, 5), /other blocks or voxels/],
  [
    'with a place that makes no sense',
    (bytes: Buffer) => Buffer.from(bytes).fill(0xff, 16, 24),
    /block 0: its place makes no sense/,
  ],
  [
    'with damaged LZ4',
    (bytes: Buffer) => Buffer.from(bytes).fill(0, Number(bytes.readBigUInt64LE(8))),
    /x0.wkw, block \d/,
  ],
])('a packed file %s is refused with its place', async (_, damage, message) => {
  const path = await copyOf('alone-uint64');
  const file = join(path, 'z0', 'y1', 'x0.wkw');
  await writeFile(file, damage(await readFile(file)));
  await expect(read(path)).rejects.toThrow(message);
});
