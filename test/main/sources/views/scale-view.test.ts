import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape } from '../../../../src/shared/base/box';
import { testSourceConformance } from '../../../conformance/source-conformance';

const SIZE = [4, 3, 2] as const;
const root = await mkdtemp(join(tmpdir(), 'scaled-'));
afterAll(() => rm(root, { recursive: true }));

const CODES = { uint8: 2, int16: 4, uint16: 512, float32: 16, int64: 1024 } as const;

/** Writes a NIfTI-1 file whose numbers are scaled. */
async function scaled(
  type: keyof typeof CODES,
  voxels: Uint8Array | Int16Array | Uint16Array | Float32Array | BigInt64Array,
  slope: number,
  intercept: number,
): Promise<string> {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [3, ...SIZE].forEach((value, i) => header.writeInt16LE(value, 40 + 2 * i));
  header.writeInt16LE(CODES[type], 70);
  header.writeInt16LE(8 * voxels.BYTES_PER_ELEMENT, 72);
  [1, 1, 1, 1].forEach((value, i) => header.writeFloatLE(value, 76 + 4 * i));
  header.writeFloatLE(352, 108);
  header.writeFloatLE(slope, 112);
  header.writeFloatLE(intercept, 116);
  header.write('n+1\0', 344, 'latin1');
  const path = join(await mkdtemp(join(root, 'volume-')), 'a.nii');
  await writeFile(path, Buffer.concat([header, Buffer.from(voxels.buffer)]));
  return path;
}

const LABELS: OpenOptions = { kind: 'segmentation' };
const bytes = Uint8Array.from({ length: 24 }, (_, i) => 85 * (i % 4));
const shorts = Int16Array.from({ length: 24 }, (_, i) => -30004 + 7 * i);

describe('scaled numbers are the values that the writer shows', async () => {
  // As nibabel stores 0 to 3 in uint8 if they were floats.
  testSourceConformance('labels, rounded to whole numbers', {
    path: await scaled('uint8', bytes, Math.fround(3 / 255), 0),
    options: LABELS,
    dataType: 'uint8',
    channels: 1,
    content: Uint8Array.from(bytes, (value) => value / 85),
  });
  testSourceConformance('labels with an offset alone, in the narrowest type that holds them', {
    path: await scaled('int16', shorts, 1, 32768),
    options: LABELS,
    dataType: 'uint16',
    channels: 1,
    content: Uint16Array.from(shorts, (value) => value + 32768),
  });
  testSourceConformance('labels of 64 bits with an offset, exact', {
    path: await scaled(
      'int64',
      BigInt64Array.from(shorts, (value) => 2n ** 60n + BigInt(value)),
      1,
      2,
    ),
    options: LABELS,
    dataType: 'int64',
    channels: 1,
    content: BigInt64Array.from(shorts, (value) => 2n ** 60n + BigInt(value) + 2n),
  });
  testSourceConformance('images, as single floats', {
    path: await scaled('int16', shorts, 0.5, 3),
    options: { kind: 'image' },
    dataType: 'float32',
    channels: 1,
    content: Float32Array.from(shorts, (value) => value * 0.5 + 3),
  });
  testSourceConformance('images with a whole offset, as integers', {
    path: await scaled('int16', shorts, 1, 32768),
    options: { kind: 'image' },
    dataType: 'uint16',
    channels: 1,
    content: Uint16Array.from(shorts, (value) => value + 32768),
  });
});

test('labels that are no whole numbers are refused when they are opened, with the place', async () => {
  await expect(openSource(await scaled('uint8', bytes, 0.1, 0), LABELS)).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringMatching(/the voxel at x \d, y \d, z \d is \d+\.5/),
    fields: { options: ['type'] },
  });
});

test('numbers beyond 64 bits are refused', async () => {
  const path = await scaled('int64', new BigInt64Array(24).fill(2n ** 63n - 1n), 1, 1);
  const source = await openSource(path, LABELS);
  const box = boxOfShape(SIZE);
  await expect(source.read(box, { box, channels: 1, data: new BigInt64Array(24) })).rejects.toMatchObject({
    tag: 'invalid-input',
  });
  await source.close();
  expect((await readFile(path)).length).toBe(352 + 192);
});
