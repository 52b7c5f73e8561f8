import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../temporary-folder';
import { startStudio } from './start-studio';

test.each([
  ['cells.ome.zarr', 'cells'],
  ['cells.nii.gz', 'cells'],
  ['Cells.TIF', 'Cells'],
  ['cells.v2', 'cells.v2'],
  ['2021.05.01', '2021.05.01'],
])('the output of %s has a name without the ending of a format', async (name, stem) => {
  const folder = await temporaryFolder();
  const { client } = await startStudio(await temporaryFolder(), folder);
  await mkdir(join(folder, name));
  const path = join(folder, name);
  expect(await client.suggestOutput({ path })).toEqual({ path: join(folder, `${stem}-precomputed`) });
  await mkdir(join(folder, `${stem}-precomputed`, 'something'), { recursive: true });
  expect(await client.suggestOutput({ path })).toEqual({ path: join(folder, `${stem}-precomputed-2`) });
});
