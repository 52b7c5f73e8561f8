import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { decodeJpegChunk, encodeJpegChunk, encodePngChunk } from '../../src/main/codecs/chunks/image-chunk';
import { lossOf, rootMeanSquare } from '../../src/main/engine/volume/compare-lossy';
import { gzip } from '../../src/shared/deflate/gzip';
import type { Vec3 } from '../../src/shared/base/vec3';
import { randomWords } from '../random';

const SIDE = 64;
const SHAPE: Vec3 = [SIDE, SIDE, SIDE];
const VOXELS = SIDE ** 3;
const GZIP_AND_PNG_LEVEL = 6;

/** Returns random numbers, blurred by the weights 1, 2, 1 along each axis, of mean 128 and standard deviation 20. */
function blurredNoise(): Uint8Array {
  const next = randomWords(1);
  let values = Float64Array.from({ length: VOXELS }, () => next());
  for (const step of [1, SIDE, SIDE ** 2]) {
    // Each axis is a ring, so that the borders are as blurred as the rest.
    const at = (i: number, by: number) => {
      const along = Math.floor(i / step) % SIDE;
      return values[i + (((along + by + SIDE) % SIDE) - along) * step] ?? 0;
    };
    values = values.map((value, i) => at(i, -1) + 2 * value + at(i, 1));
  }
  const mean = values.reduce((sum, value) => sum + value) / VOXELS;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / VOXELS);
  return Uint8Array.from(values, (value) => Math.round(128 + (20 * (value - mean)) / deviation));
}

const bitsPerVoxel = (bytes: Uint8Array | undefined) => (((bytes?.length ?? NaN) * 8) / VOXELS).toFixed(1);

test('the documents say what each quality of JPEG loses and takes', async () => {
  const voxels = blurredNoise();
  const rows: string[][] = [];
  for (const quality of [50, 75, 85, 90, 95, 96, 100]) {
    const bytes = await encodeJpegChunk(voxels, SHAPE, 1, quality);
    const decoded = new Uint8Array(VOXELS);
    await decodeJpegChunk(bytes, SHAPE, 1, decoded);
    const loss = lossOf(voxels, decoded);
    const error = rootMeanSquare(loss);
    const decibels = `${(20 * Math.log10(255 / error)).toFixed(1)} dB`;
    rows.push([`${quality}`, bitsPerVoxel(bytes), decibels, error.toFixed(1), `${loss.largest}`]);
  }
  const page = await readFile('docs/images.md', 'utf8');
  const table = [...page.matchAll(/^\| \d.*\|$/gm)].map(([line]) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(table).toEqual(rows);
  const png = bitsPerVoxel(encodePngChunk(voxels, SHAPE, 1, GZIP_AND_PNG_LEVEL));
  const gzipped = bitsPerVoxel(gzip(voxels, GZIP_AND_PNG_LEVEL, 'grey values'));
  expect(page).toContain(`PNG takes ${png} bits per voxel, and raw with gzip ${gzipped}.`);
});
