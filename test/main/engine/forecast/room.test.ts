import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizeOfFolder } from '../../../../src/main/base/disk-space';
import { convertVolume } from '../../../convert-volume';
import { temporaryFolder } from '../../../temporary-folder';

test.each([
  [{}, 'no-room'],
  [{ skipEmpty: true }, 'too-large'],
])('a volume of 10^18 voxels is refused before anything is written (%j)', async (flags, code) => {
  const folder = await temporaryFolder();
  const side = 1_000_000;
  const array = {
    zarr_format: 2,
    shape: [side, side, side],
    chunks: [64, 64, 64],
    dtype: '<u8',
    compressor: null,
    fill_value: 0,
    order: 'C',
    filters: null,
  };
  await mkdir(join(folder, 'large.zarr'));
  await writeFile(join(folder, 'large.zarr', '.zarray'), JSON.stringify(array));
  await writeFile(join(folder, 'large.zarr', '0.0.0'), new Uint8Array(64 ** 3 * 8));
  const job = convertVolume(join(folder, 'large.zarr'), join(folder, 'output'), flags);
  await expect(job).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.not.stringMatching(/e\+|NaN|Infinity/) as string,
    fields: { code },
  });
  expect(await readdir(folder)).toEqual(['large.zarr']);
});

test('the size of a folder is that of its files, however deep', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await writeFile(join(folder, 'one'), '12345');
  await writeFile(join(folder, 'a', 'b', 'two'), new Uint8Array(10_000));
  const { files, bytes, diskBytes } = await sizeOfFolder(folder);
  expect({ files, bytes }).toEqual({ files: 2, bytes: 10_005 });
  expect(diskBytes).toBeGreaterThanOrEqual(10_000);
});
