import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openSource } from '../../../src/main/sources/registry';
import { allocateVoxels } from '../../../src/shared/base/data-type';
import { boxOfShape } from '../../../src/shared/base/box';
import { product3 } from '../../../src/shared/base/vec3';
import { fixture } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

async function readAll(path: string) {
  const source = await openSource(path);
  try {
    const { size, dataType } = source.metadata;
    const box = boxOfShape(size);
    const data = allocateVoxels(dataType, product3(size));
    await source.read(box, { box, channels: 1, data });
    return { size, data };
  } finally {
    await source.close();
  }
}

test('a pair of NIfTI files is read by the name of either', async () => {
  const folder = await temporaryFolder();
  const whole = await readFile(fixture('nifti', 'uint16.nii'));
  const header = Buffer.from(whole.subarray(0, 352));
  header.write('ni1\0', 344, 'latin1');
  header.writeFloatLE(0, 108);
  await writeFile(join(folder, 'pair.hdr'), header);
  await writeFile(join(folder, 'pair.img'), whole.subarray(352));
  const expected = await readAll(fixture('nifti', 'uint16.nii'));
  expect(await readAll(join(folder, 'pair.img'))).toEqual(expected);
  expect(await readAll(join(folder, 'pair.hdr'))).toEqual(expected);
});

test('a gzipped map is read as the map', async () => {
  const path = join(await temporaryFolder(), 'emd.map.gz');
  const map = await readFile(fixture('arrays', 'mrc-int16.mrc'));
  await writeFile(path, gzipSync(map));
  expect(await readAll(path)).toEqual(await readAll(fixture('arrays', 'mrc-int16.mrc')));
  await writeFile(path, gzipSync(map.subarray(0, -2)));
  await expect(openSource(path)).rejects.toThrow(/cut off/);
});

test.each([
  ['slices.tar.bz2', Buffer.from('BZh91AY&SY'), 'Unpack'],
  ['slices.tar.xz', Buffer.from('\xfd7zXZ\0\0\x04', 'latin1'), 'Unpack'],
  ['labels.mat', Buffer.from('MATLAB 5.0 MAT-file, Platform: GLNXA64'), 'v7.3'],
])('%s is refused with what to do', async (name, bytes, remedy) => {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  await expect(openSource(path)).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining(name) as string,
    remedy: expect.stringContaining(remedy) as string,
  });
});

test('volumetric.tif is refused as a kind that is not read, with what to do', async () => {
  await expect(openSource(fixture('tiff', 'volumetric.tif'))).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('volumetric.tif') as string,
    remedy: expect.stringMatching(/^Save /) as string,
  });
});
