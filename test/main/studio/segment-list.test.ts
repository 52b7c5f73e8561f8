import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listSegments, locateSegment } from '../../../src/main/studio/segment-list';
import { formatSegmentProperties } from '../../../src/shared/precomputed/segment-properties';
import { writeSmallDataset } from '../../fixtures/small-dataset';
import { temporaryFolder } from '../../temporary-folder';

const LARGE = 2n ** 63n + 5n;

/** A large segment, a bar of 5 voxels and background. */
function label(x: number, y: number, z: number): bigint {
  if (y === 7 && z === 3 && x >= 40 && x < 45) return 9n;
  return x < 32 ? LARGE : 0n;
}

test('segments of a dataset without a list are counted, the background left out', async () => {
  const folder = await temporaryFolder();
  const info = await writeSmallDataset(folder, [64, 10, 6], label);
  expect(await listSegments(folder, info)).toEqual({
    ids: [String(LARGE), '9'],
    voxels: [32 * 10 * 6, 5],
    countedScale: 0,
  });
});

test('counts and names that the dataset lists are taken, largest first', async () => {
  const folder = await temporaryFolder();
  const info = { ...(await writeSmallDataset(folder, [64, 10, 6], label)), segment_properties: 'names' };
  const counted = [
    { id: 9n, voxels: 500 },
    { id: LARGE, voxels: 70_000 },
  ];
  const names = new Map([[9n, { label: 'a bar', tags: [] }]]);
  await mkdir(join(folder, 'names'));
  await writeFile(join(folder, 'names', 'info'), formatSegmentProperties(counted, [1, 1, 1], names));
  expect(await listSegments(folder, info)).toEqual({
    ids: [String(LARGE), '9'],
    voxels: [70_000, 500],
    names: ['', 'a bar'],
    countedScale: 0,
  });
});

test('a damaged list is passed over', async () => {
  const folder = await temporaryFolder();
  const info = { ...(await writeSmallDataset(folder, [64, 10, 6], label)), segment_properties: 'names' };
  await mkdir(join(folder, 'names'));
  await writeFile(join(folder, 'names', 'info'), '{"inline":{"ids":["1"],"properties":[{');
  expect((await listSegments(folder, info)).ids).toEqual([String(LARGE), '9']);
});

test('a place inside of a segment is found, and none of one that is not there', async () => {
  const folder = await temporaryFolder();
  const info = await writeSmallDataset(folder, [64, 10, 6], label);
  expect(await locateSegment(folder, info, 9n)).toEqual([42, 7, 3]);
  const [x = 0, y = 0, z = 0] = (await locateSegment(folder, info, LARGE)) ?? [];
  expect(label(x, y, z)).toBe(LARGE);
  expect(await locateSegment(folder, info, 77n)).toBeUndefined();
});
