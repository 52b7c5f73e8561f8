import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testDescribedFixtures } from '../../../conformance/described-fixtures';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

describe('NIfTI files written by nibabel', () => testDescribedFixtures('nifti'));

test('images are scaled, labels are not', async () => {
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
  const labels = await openSource(fixture('nifti', 'scaled.nii'), { kind: 'segmentation' });
  expect(labels.metadata.dataType).toBe('int16');
  await labels.close();
});

test('the way that the axes go is told', async () => {
  const facts = async (name: string) => (await openSource(fixture('nifti', name))).metadata.facts;
  expect(await facts('uint16.nii')).toContainEqual(['orientation', 'RAS']);
  expect(await facts('turned.nii')).toContainEqual(['orientation', 'LIA']);
  // As nibabel's as_closest_canonical turns it.
  expect(await facts('turned.nii')).toContainEqual(['to RAS', '--transpose xzy --flip x,z']);
  expect((await facts('uint16.nii')).map(([name]) => name)).not.toContain('to RAS');
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
