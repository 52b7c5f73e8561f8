import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { isStudioError } from '../../../../src/shared/base/errors';
import { fixture } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';
import { failure, writeStack } from '../tiff/stack-folder';

const FILES = [
  'smooth.png',
  'png-palette/z1.png',
  'png-rgba16-interlaced/z2.png',
  'png-1-bit/z0.png',
  'colours.jpg',
  'progressive.jpg',
  'webp-rgba/z0.webp',
  'lossy.webp',
  'bmp-palette/z1.bmp',
  'four-bytes.bmp',
  'runs.bmp',
  'old.bmp',
];

async function outcomeOf(path: string): Promise<unknown> {
  try {
    const source = await openSource(path, { kind: 'image' });
    try {
      const { size, channels, dataType } = source.metadata;
      const box = boxOfShape(size);
      const voxels = boxVolume(box) * channels;
      if (voxels > 1e7) return 'read';
      await source.read(box, { box, channels, data: allocateVoxels(dataType, voxels) });
      return 'read';
    } finally {
      await source.close();
    }
  } catch (error) {
    return error;
  }
}

describe.each(FILES)('%s', (name) => {
  test('is refused when it is opened if it is cut off anywhere', async () => {
    const bytes = await readFile(fixture('images', name));
    const path = join(await temporaryFolder(), 'z0.dat');
    for (const part of [0, 0.1, 0.3, 0.6, 0.9, 0.999]) {
      await writeFile(path, bytes.subarray(0, Math.min(bytes.length - 1, Math.floor(bytes.length * part))));
      await expect(openSource(path, { kind: 'image' }), `${part}`).rejects.toMatchObject({
        tag: 'invalid-input',
      });
    }
  });

  test('is read, or refused in our words, whatever bytes of it are changed', async () => {
    const bytes = await readFile(fixture('images', name));
    const path = join(await temporaryFolder(), 'z0.dat');
    const random = randomWords(bytes.length);
    for (let i = 0; i < 150; i++) {
      const mutated = Buffer.from(bytes);
      for (let j = 0; j <= random() % 3; j++) mutated[random() % mutated.length] = random() & 0xff;
      await writeFile(path, mutated);
      const outcome = await outcomeOf(path);
      if (outcome === 'read') continue;
      expect(isStudioError(outcome) ? outcome.tag : String(outcome)).toMatch(/^(invalid-input|unsupported)$/);
    }
  });
});

describe('a stack of images', () => {
  test('is none where a picture lies beside an array', async () => {
    const folder = await temporaryFolder();
    await cp(fixture('hierarchies', 'zarr3-uint8.zarr'), folder, { recursive: true });
    await cp(fixture('images', 'smooth.png'), join(folder, 'picture.png'));
    const source = await openSource(folder);
    expect(source.metadata.format).toContain('Zarr');
    await source.close();
  });

  test('is known by its content, whatever its names', async () => {
    const bytes = await readFile(fixture('images', 'smooth.png'));
    const folder = await writeStack(await temporaryFolder(), { 'a0.tif': bytes, 'a1.tif': bytes });
    const source = await openSource(folder);
    expect(source.metadata).toMatchObject({ format: 'image stack', size: [50, 40, 2] });
    await source.close();
  });

  test('counts as a stack of images if there are more of them than TIFFs', async () => {
    const bytes = await readFile(fixture('images', 'smooth.png'));
    const folder = await writeStack(await temporaryFolder(), {
      'a0.png': bytes,
      'a1.png': bytes,
      'x.tif': 1,
    });
    const source = await openSource(folder);
    expect(source.metadata).toMatchObject({ format: 'image stack', size: [50, 40, 2] });
    expect(source.metadata.passedOver).toEqual([expect.stringMatching(/^x.tif: not named as an image/)]);
    await source.close();
  });

  test('is refused with all that is wrong', async () => {
    const [grey, other] = await Promise.all(
      ['smooth.png', 'png-uint16/z0.png'].map((name) => readFile(fixture('images', name))),
    );
    const folder = await writeStack(await temporaryFolder(), {
      'z0.png': grey ?? '',
      'z1.png': grey ?? '',
      'z2.png': other ?? '',
      'z3.png': 'no image',
      'z4.png': '',
      'z5.png': 1,
      'z6.png': (grey ?? Buffer.alloc(0)).subarray(0, 200),
      'z8.png': grey ?? '',
    });
    const error = await failure(openSource(folder));
    expect(error.details).toEqual([
      'z7.png is missing',
      'z2.png is 9 × 7 uint16, the others are 50 × 40 uint8',
      'z3.png: it is not an image that can be read',
      'z4.png: it is empty',
      'z5.png: it is not an image that can be read',
      expect.stringMatching(/^z6.png: the file is cut off at byte 200/),
    ]);
  });

  test('has slices of zeros in gaps where that is wanted', async () => {
    const bytes = await readFile(fixture('images', 'smooth.png'));
    const folder = await writeStack(await temporaryFolder(), { 'z0.png': bytes, 'z2.png': bytes });
    const source = await openSource(folder, { gaps: 'zero' });
    const box = { min: [20, 20, 0], max: [21, 21, 3] } as const;
    const data = new Uint8Array(3).fill(7);
    await source.read(box, { box, channels: 1, data });
    expect([data[0] === 0, data[1], data[2] === data[0]]).toEqual([false, 0, true]);
    await source.close();
  });

  test('reports a slice that is replaced while it is read', async () => {
    const bytes = await readFile(fixture('images', 'smooth.png'));
    const folder = await writeStack(await temporaryFolder(), { 'z0.png': bytes, 'z1.png': bytes });
    const source = await openSource(folder);
    await writeFile(join(folder, 'z1.png'), await readFile(fixture('images', 'png-uint8/z0.png')));
    const box = boxOfShape(source.metadata.size);
    const error = await failure(source.read(box, { box, channels: 1, data: new Uint8Array(4000) }));
    expect(error.message).toMatch(/^z1.png has changed: it had \d+ bytes/);
    await source.close();
  });
});
