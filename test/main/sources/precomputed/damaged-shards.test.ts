import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PrecomputedSource } from '../../../../src/main/sources/precomputed-source';
import { boxOfShape, type Box } from '../../../../src/shared/base/box';
import { parseVolumeInfo } from '../../../../src/shared/precomputed/volume-info';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

const SIZE = [9, 7, 5] as const;

async function copyOf(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await cp(fixture('precomputed', name), path, { recursive: true });
  return path;
}

async function read(root: string, box: Box, missingChunks: 'zero' | 'refuse'): Promise<BigUint64Array> {
  const info = parseVolumeInfo(JSON.parse(await readFile(join(root, 'info'), 'utf8')), root);
  const source = new PrecomputedSource({ format: 'precomputed', root, info, scale: 0, missingChunks });
  const data = new BigUint64Array(SIZE[0] * SIZE[1] * SIZE[2]);
  await source.read(box, { box: boxOfShape(SIZE), channels: 1, data });
  return data;
}

test('without a shard its chunks are of zeros, or missing', async () => {
  const root = await copyOf('sharded-compressed');
  const whole = fixtureVoxels('uint64', SIZE);
  await rm(join(root, 's0', '0.shard'));
  const found = await read(root, boxOfShape(SIZE), 'zero');
  const zeros = found.filter((voxel) => voxel === 0n).length;
  expect(zeros).toBeGreaterThan(whole.filter((voxel) => BigInt(voxel) === 0n).length);
  expect(zeros).toBeLessThan(whole.length);
  await expect(read(root, boxOfShape(SIZE), 'refuse')).rejects.toMatchObject({
    fields: { code: 'missing-chunk' },
  });
});

test.each([
  ['sharded-compressed', 's0/0.shard', 0.9],
  ['sharded-compressed', 's0/0.shard', 0.1],
  ['sharded-one', 's0/0.shard', 0.5],
  ['sharded-one', 's0/0.shard', 0],
])('%s: the chunk of a shard that is cut off is named', async (name, shard, part) => {
  const root = await copyOf(name);
  const bytes = await readFile(join(root, shard));
  await writeFile(join(root, shard), bytes.subarray(0, Math.floor(bytes.length * part)));
  await expect(read(root, boxOfShape(SIZE), 'zero')).rejects.toMatchObject({
    tag: 'invalid-input',
    message: expect.stringMatching(/^The chunk s0\/\d+-\d+_.* is corrupt: /),
  });
});

test('numbers of a damaged index are refused, not followed', async () => {
  const root = await copyOf('sharded-one');
  const file = join(root, 's0', '0.shard');
  const bytes = await readFile(file);
  bytes.writeBigUInt64LE(2n ** 63n, 8);
  await writeFile(file, bytes);
  await expect(read(root, boxOfShape(SIZE), 'zero')).rejects.toThrow('The index of a shard points to');
});
