import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

describe('NIfTI files written by nibabel', () => testDescribedFixtures('nifti'));

test('images are scaled; numbers that are no ids then are refused as labels', async () => {
  const bytes = await readFile(fixture('nifti', 'scaled.nii'));
  const stored = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [slope, intercept] = [stored.getFloat32(112, true), stored.getFloat32(116, true)];
  const expected = Array.from({ length: 315 }, (_, i) => stored.getInt16(352 + 2 * i, true));
  const image = await openSource(fixture('nifti', 'scaled.nii'), { kind: 'image' });
  expect(image.metadata.dataType).toBe('float32');
  const box = boxOfShape(image.metadata.size);
  const data = new Float32Array(315);
  await image.read(box, { box, channels: 1, data });
  expect([...data]).toEqual(expected.map((value) => Math.fround(value * slope + intercept)));
  await image.close();
  await expect(openSource(fixture('nifti', 'scaled.nii'), { kind: 'segmentation' })).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringContaining('ids must be whole numbers'),
  });
});

test('the directions of the axes are reported', async () => {
  const facts = async (name: string) => (await openSource(fixture('nifti', name))).metadata.facts;
  expect(await facts('uint16.nii')).toContainEqual(['orientation', 'RAS']);
  expect(await facts('turned.nii')).toContainEqual(['orientation', 'LIA']);
  // The same as nibabel's as_closest_canonical.
  expect(await facts('turned.nii')).toContainEqual([
    'to RAS',
    'orientation ras, as transpose xzy and flip x,z',
  ]);
  expect((await facts('uint16.nii')).map(([name]) => name)).not.toContain('to RAS');
});

describe('--orientation ras', () => {
  async function read(options: OpenOptions, name = 'turned.nii') {
    const source = await openSource(fixture('nifti', name), options);
    const box = boxOfShape(source.metadata.size);
    const data = new Uint16Array(boxVolume(box));
    await source.read(box, { box, channels: 1, data });
    await source.close();
    return { metadata: source.metadata, data };
  }

  test('turns the axes as the reported options do', async () => {
    const turned = await read({ orientation: 'ras' });
    const byOptions = await read({ transpose: 'xzy', flip: 'xz' });
    expect(turned.data).toEqual(byOptions.data);
    expect(turned.metadata.size).toEqual(byOptions.metadata.size);
    expect(turned.metadata.resolutionNm).toEqual([4000, 40000, 4000]);
    expect(turned.metadata.orientation).toBe('RAS');
    expect(byOptions.metadata.orientation).toBe('RAS');
  });

  test('takes over where the volume begins then', async () => {
    const { metadata } = await read({ orientation: 'ras' });
    const [width, , height] = metadata.size;
    // The file's x leads left from 0.1 mm on, its z to the front from 0.2 mm, its y down from 0.3 mm.
    expect(metadata.voxelOffset).toEqual([25 - (width - 1), 5, 75 - (height - 1)]);
    expect((await read({ transpose: 'xzy', flip: 'xz' })).metadata.voxelOffset).toBeUndefined();
  });

  test('leaves what is so as it is', async () => {
    const [turned, stored] = [await read({ orientation: 'ras' }, 'uint16.nii'), await read({}, 'uint16.nii')];
    expect(turned.data).toEqual(stored.data);
    expect(turned.metadata).toEqual(stored.metadata);
  });

  test('is refused beside other turns, and if the file has no directions', async () => {
    await expect(read({ orientation: 'ras', flip: 'x' })).rejects.toMatchObject({
      tag: 'invalid-input',
      fields: { options: ['orientation', 'transpose', 'flip'] },
    });
    const array = openSource(fixture('arrays', 'npy-be-u2.npy'), { orientation: 'ras' });
    await expect(array).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining('does not store the direction of its axes') as string,
    });
  });
});

test.each(['uint64.nii', 'uint32.nii.gz'])(
  '%s is refused when it is opened if it is cut off',
  async (name) => {
    const bytes = await readFile(fixture('nifti', name));
    const path = join(await temporaryFolder(), 'short.nii');
    for (const part of [0.05, 0.5, 0.99]) {
      await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * part)));
      await expect(openSource(path), `${part}`).rejects.toMatchObject({ tag: 'invalid-input' });
    }
  },
);

test('a file whose voxels begin nowhere is refused', async () => {
  const bytes = await readFile(fixture('nifti', 'uint16.nii'));
  const path = join(await temporaryFolder(), 'nowhere.nii');
  for (const offset of [NaN, Infinity, -8, 4, 352.5]) {
    bytes.writeFloatLE(offset, 108);
    await writeFile(path, bytes);
    await expect(openSource(path)).rejects.toMatchObject({
      tag: 'invalid-input',
      message: expect.stringContaining(`begin at byte ${offset}`),
    });
  }
  bytes.writeFloatLE(0, 108);
  await writeFile(path, bytes);
  await (await openSource(path)).close();
});
