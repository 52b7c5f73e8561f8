import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { boxOfShape } from '../../../../src/shared/base/box';
import { toWholeNumbers } from '../../../../src/shared/kernels/whole-numbers';
import { testSourceConformance } from '../../../conformance/source-conformance';

const SIZE = [4, 3, 2] as const;
const VOXELS = 24;
const LABELS: OpenOptions = { kind: 'segmentation' };

const root = await mkdtemp(join(tmpdir(), 'floats-'));
afterAll(() => rm(root, { recursive: true }));

/** Writes a raw volume of floats. */
async function floatVolume(values: Float32Array | Float64Array): Promise<string> {
  const folder = await mkdtemp(join(root, 'volume-'));
  await writeFile(join(folder, 'a.raw'), new Uint8Array(values.buffer));
  const dataType = values instanceof Float32Array ? 'float32' : 'float64';
  const path = join(folder, 'a.json');
  await writeFile(path, JSON.stringify({ file: 'a.raw', size: SIZE, dataType }));
  return path;
}

const exact = Float64Array.from({ length: VOXELS }, (_, i) => (i === 7 ? 2 ** 53 : i * 2 ** 40 + i));
const narrow = Float32Array.from({ length: VOXELS }, (_, i) => (i === 7 ? 2 ** 24 : i * 1000));

describe('floats that are whole numbers are ids where they are said to be labels', async () => {
  testSourceConformance('float64', {
    path: await floatVolume(exact),
    options: LABELS,
    dataType: 'uint64',
    channels: 1,
    content: BigUint64Array.from(exact, BigInt),
  });
  testSourceConformance('float32', {
    path: await floatVolume(narrow),
    options: LABELS,
    dataType: 'uint32',
    channels: 1,
    content: Uint32Array.from(narrow),
  });
  testSourceConformance('float32 as uint64, with a number added', {
    path: await floatVolume(narrow),
    options: { ...LABELS, dataType: 'uint64', idOffset: '5' },
    dataType: 'uint64',
    channels: 1,
    content: BigUint64Array.from(narrow, (value) => (value === 0 ? 0n : BigInt(value) + 5n)),
  });
});

describe('floats of images', async () => {
  const doubles = Float64Array.from({ length: VOXELS }, (_, i) => i / 3 - 2);
  testSourceConformance('double ones become single ones', {
    path: await floatVolume(doubles),
    options: { kind: 'image' },
    dataType: 'float32',
    channels: 1,
    content: Float32Array.from(doubles),
  });
});

test.each([
  ['a fraction', [1, 2.5]],
  ['a negative number', [1, -2]],
  ['no number', [1, NaN]],
])('%s in a sample leaves floats as they are', async (_, [first = 0, second = 0]) => {
  const values = new Float64Array(VOXELS).fill(first).fill(second, 20);
  const source = await openSource(await floatVolume(values), LABELS);
  await source.close();
  expect(source.metadata.dataType).toBe('float64');
});

test('floats are no ids unless it is said', async () => {
  const source = await openSource(await floatVolume(exact));
  await source.close();
  expect(source.metadata.dataType).toBe('float64');
});

test('numbers that may have been rounded are refused with their place', async () => {
  const values = Float32Array.from(narrow);
  values[22] = 2 ** 24 + 2;
  const source = await openSource(await floatVolume(values), LABELS);
  const box = boxOfShape(SIZE);
  const read = source.read(box, { box, channels: 1, data: new Uint32Array(VOXELS) });
  await expect(read.finally(() => source.close())).rejects.toMatchObject({
    tag: 'invalid-input',
    fields: { x: 2, y: 2, z: 1, value: '16777218' },
  });
});

test.each([0.5, -1, NaN, Infinity, 256])('%d is not written as a whole number of 8 bits', (bad) => {
  expect(toWholeNumbers(Float64Array.of(0, 255, bad), 255, new Uint8Array(3))).toBe(2);
});
