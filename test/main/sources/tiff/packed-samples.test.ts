/**
 * Samples that don't fill whole bytes, by other writers. The formulas are in
 * test/fixtures/tiff-writers/make-packed.py.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeCcitt } from '../../../../src/main/sources/tiff/decode/ccitt';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape, boxVolume } from '../../../../src/shared/base/box';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { fixture } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

async function read(name: string) {
  const source = await openSource(fixture('tiff-writers', name), { kind: 'image' });
  const box = boxOfShape(source.metadata.size);
  const data = allocateVoxels(source.metadata.dataType, boxVolume(box));
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return { ...source.metadata, data };
}

function mask(width: number): Uint8Array {
  return Uint8Array.from({ length: width * 90 }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    if (y === 10 || y === 11) return y === 10 ? 255 : 0;
    return (x * x + 7 * y) % (3 + ((y * y) % 60)) < 1 + (y % 40) ? 255 : 0;
  });
}

describe.each(['tiff_ccitt', 'group3', 'group3-2d', 'group4'])(
  'masks in the fax code %s, by Pillow',
  (name) => {
    test.each([61, 3000])('of %d voxels a row', async (width) => {
      const { data, size } = await read(`${name}-${width}.tif`);
      expect(size).toEqual([width, 90, 1]);
      expect(data).toEqual(mask(width));
    });
  },
);

const NUMBERS = Array.from({ length: 63 }, (_, i) => (311 * (i % 9) + 500 * Math.floor(i / 9)) % 4096);

describe('by tifffile', () => {
  test('12 bits are numbers of 16', async () => {
    expect(await read('twelve.tif')).toMatchObject({ dataType: 'uint16', data: Uint16Array.from(NUMBERS) });
  });

  test('4 bits are the numbers that are stored', async () => {
    expect((await read('four.tif')).data).toEqual(Uint8Array.from(NUMBERS, (number) => number % 16));
  });

  test.each(['half.tif', 'half-big.tif'])('half floats become single ones, %s', async (name) => {
    const { dataType, data } = await read(name);
    expect(dataType).toBe('float32');
    // 11 bits are exact: eighths up to 256, and quarters above.
    const right = NUMBERS.map((number) => number / 8 - 100);
    data.forEach((value, i) => expect(Math.abs(Number(value) - (right[i] ?? 0))).toBeLessThanOrEqual(0.125));
  });
});

test('damaged fax codes are refused or read, in our words, and end', async () => {
  const content = await readFile(fixture('tiff-writers', 'group4-3000.tif'));
  const random = randomWords(5);
  let refused = 0;
  for (let i = 0; i < 60; i++) {
    const mutated = Uint8Array.from(content.subarray(8, 2000), (byte) =>
      random() % 40 === 0 ? random() & 255 : byte,
    );
    for (const group of [2, 3, 4] as const) {
      try {
        decodeCcitt(mutated, 3000, 90 * 375, { group, isTwoDimensional: i % 2 === 0 });
      } catch (error) {
        refused++;
        expect(error).toMatchObject({ tag: 'invalid-input' });
      }
    }
  }
  expect(refused).toBeGreaterThan(20);
});

test('a fax that is cut off is refused by name', async () => {
  const path = join(await temporaryFolder(), 'cut.tif');
  await copyFile(fixture('tiff-writers', 'group4-61.tif'), path);
  const bytes = await readFile(path);
  // The compressed data, which begins after the header.
  bytes.fill(0, 100, 400);
  await writeFile(path, bytes);
  const source = await openSource(path, { kind: 'image' });
  const box = boxOfShape(source.metadata.size);
  const target = { box, channels: 1, data: new Uint8Array(boxVolume(box)) };
  await expect(source.read(box, target).finally(() => source.close())).rejects.toThrow(/cut\.tif.*strip 0/);
});
