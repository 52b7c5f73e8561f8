import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seriesOf } from '../../../../src/main/sources/slices/slice-series';
import { temporaryFolder } from '../../../temporary-folder';

test.each([
  [['z1.tif', 'z2.tif', 'z10.tif', 'z1.txt', 'other1.tif'], 3],
  [['s3_z001.png', 's3_z002.png'], 2],
  [['mouse1_2024-01-01.tif', 'mouse2_2024-02-03.tif'], undefined],
  [['s1_z1.tif', 's1_z2.tif', 's2_z1.tif', 's2_z2.tif'], undefined],
  [['a1.npy', 'a2.npy'], undefined],
  [['a1.json', 'a2.json'], undefined],
  [['cells.tif', 'cells2.tif'], undefined],
])('of the files %j the first is one of a series of %s', async (names, slices) => {
  const folder = await temporaryFolder();
  for (const name of names) await writeFile(join(folder, name), '');
  const series = await seriesOf(join(folder, names[0] ?? ''));
  expect(series).toEqual(slices === undefined ? undefined : { folder, slices });
});
