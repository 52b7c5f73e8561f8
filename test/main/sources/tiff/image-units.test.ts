import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

/* Files of test/fixtures/tiff-writers whose JPEGs make-fixtures.py describes; those of JPEG 2000 are in its fixtures.json. */

async function read(path: string, options: OpenOptions = { kind: 'image' }) {
  const source = await openSource(path, options);
  try {
    const { size, dataType, channels, passedOver } = source.metadata;
    const box = boxOfShape(size);
    const data = allocateVoxels(dataType, boxVolume(box) * channels);
    await source.read(box, { box, channels, data });
    return { size, channels, passedOver, data: Array.from(data, Number) };
  } finally {
    await source.close();
  }
}

const file = (name: string) => fixture('tiff-writers', name);

test.each(['jpeg-grey.tif', 'jpeg-tables.tif'])('%s has the shades that were put in', async (name) => {
  const { size, data } = await read(file(name));
  expect(size).toEqual([32, 24, 1]);
  expect(data).toEqual(data.map((_, i) => (4 * Math.floor(i / 32 / 8) + Math.floor((i % 32) / 8)) * 20 + 8));
});

test.each([
  // As they were put in: libtiff stores red, green and blue as they are.
  ['jpeg-rgb.tif', [250, 20, 30], [40, 200, 60], [10, 50, 240], [128, 128, 128]],
  // As libjpeg-turbo decodes them in tifffile: the colours share a sample in four.
  ['jpeg-ycbcr.tif', [250, 20, 30], [39, 200, 60], [11, 50, 241], [128, 128, 128]],
])('%s has the colours of another reader', async (name, ...corners) => {
  const { size, channels, data } = await read(file(name));
  expect([size, channels]).toEqual([[32, 32, 1], 3]);
  const at = (x: number, y: number) => [0, 1, 2].map((c) => data[(c * 32 + y) * 32 + x]);
  expect([at(0, 0), at(31, 0), at(0, 31), at(31, 31)]).toEqual(corners);
});

test('ids are refused in JPEG, and accepted in JPEG 2000 with a note on what it can lose', async () => {
  await expect(openSource(file('jpeg-grey.tif'), { kind: 'segmentation' })).rejects.toMatchObject({
    message: expect.stringContaining('JPEG, which changes values'),
    remedy: expect.stringContaining('--type image'),
  });
  const { passedOver } = await read(file('jpeg2000-uint16.tif'), { kind: 'segmentation' });
  expect(passedOver.join()).toContain('JPEG 2000');
});

test.each(['jpeg-grey.tif', 'jpeg2000-uint16.tif', 'webp.tif'])(
  '%s that is damaged is refused',
  async (name) => {
    const path = join(await temporaryFolder(), name);
    await copyFile(file(name), path);
    const bytes = await readFile(path);
    const start = {
      'jpeg-grey.tif': '\xff\xd8\xff',
      'jpeg2000-uint16.tif': '\xff\x4f\xff\x51',
      'webp.tif': 'RIFF',
    };
    const at = bytes.indexOf(start[name as keyof typeof start], 0, 'latin1');
    bytes.fill(0x55, at + 3, at + 120);
    await writeFile(path, bytes);
    await expect(read(path)).rejects.toThrow(
      /(strip|tile) 0 can't be decoded: .*(damaged|it holds an image of)/,
    );
  },
);
