import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset } from '../../../../src/main/engine/dataset/dataset';
import { rangesToShow } from '../../../../src/main/engine/first-view/shown-ranges';
import { boxOfShape } from '../../../../src/shared/base/box';
import { convertVolume } from '../../../convert-volume';
import { writeTiffStack } from '../../../fixtures/tiff-stack';
import { temporaryFolder } from '../../../temporary-folder';

const SIZE = [16, 16, 4] as const;

/** Returns the ranges of an image in which values alternate along x. */
async function rangesOf(dataType: 'uint8' | 'uint16', values: readonly number[], channels = 1, scales = 1) {
  const length = SIZE[0] * SIZE[1] * SIZE[2] * channels;
  const value = (_: unknown, i: number) => values[i % values.length] ?? 0;
  const data =
    dataType === 'uint8' ? Uint8Array.from({ length }, value) : Uint16Array.from({ length }, value);
  const folder = await temporaryFolder();
  const [input, output] = [join(folder, 'stack'), join(folder, 'dataset')];
  await writeTiffStack(input, { box: boxOfShape(SIZE), channels, data });
  await convertVolume(input, output, { type: 'image', scales });
  return rangesToShow(await openDataset(output));
}

test('dark bytes and bytes of little contrast are shown from the darkest to the brightest', async () => {
  expect(await rangesOf('uint8', [0, 20])).toEqual([[0, 20]]);
  expect(await rangesOf('uint8', [90, 210])).toEqual([[90, 210]]);
});

test('other bytes, colours and bytes of one value are shown as they are', async () => {
  expect(await rangesOf('uint8', [60, 200])).toEqual([]);
  expect(await rangesOf('uint8', [0, 20], 3)).toEqual([]);
  expect(await rangesOf('uint8', [7, 7])).toEqual([]);
});

test('bytes whose contrast is in details are shown as they are, though averages of them differ little', async () => {
  expect(await rangesOf('uint8', [20, 200, 60, 220], 1, 2)).toEqual([]);
});

test('values of 16 bits are shown from the darkest to the brightest of each channel, also of details', async () => {
  expect(await rangesOf('uint16', [1000, 65000])).toEqual([[1000, 65000]]);
  expect(await rangesOf('uint16', [1000, 65000], 1, 2)).toEqual([[1000, 65000]]);
});
