import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../src/main/sources/registry';
import { writeSampleStack } from '../../../src/main/sources/sample';
import { boxOfShape } from '../../../src/shared/base/box';
import { allocateVoxels, type VoxelArray } from '../../../src/shared/base/data-type';
import { product3, type Vec3 } from '../../../src/shared/base/vec3';
import { PHANTOM_TYPES } from '../../../src/shared/kernels/phantom/segment-ids';
import { temporaryFolder } from '../../temporary-folder';

async function readAll(folder: string): Promise<VoxelArray> {
  const source = await openSource(folder);
  const { size, dataType } = source.metadata;
  const box = boxOfShape(size);
  const data = allocateVoxels(dataType, product3(size));
  await source.read(box, { box, channels: 1, data });
  await source.close();
  return data;
}

function sha256({ buffer, byteOffset, byteLength }: VoxelArray): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

describe('the sample stack', () => {
  test('is the same for a seed, on any machine', async () => {
    const folder = await temporaryFolder();
    await writeSampleStack(folder, { size: [96, 80, 12], dataType: 'uint64', seed: 1 });
    expect(sha256(await readAll(folder))).toBe(
      '3096b1d41161a62c9de88b4c425a986bd17572272284f627458e2dab21e30ec4',
    );
  });

  test('as an image has dark membranes and lighter neurons at the places of its segmentation', async () => {
    const [labels, image] = [await temporaryFolder(), await temporaryFolder()];
    await writeSampleStack(labels, { size: [96, 80, 12], dataType: 'uint32', seed: 1 });
    await writeSampleStack(image, { size: [96, 80, 12], type: 'image', seed: 1 });
    const [ids, greys] = [await readAll(labels), await readAll(image)];
    const ofMembrane = Array.from(greys, Number).filter((_, i) => ids[i] === 0);
    const ofNeurons = Array.from(greys, Number).filter((_, i) => ids[i] !== 0);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(ofMembrane)).toBeCloseTo(70, 0);
    expect(Math.max(...ofMembrane)).toBeLessThanOrEqual(101);
    expect(Math.min(...ofNeurons)).toBeGreaterThanOrEqual(99);
    expect(Math.max(...ofNeurons)).toBeLessThanOrEqual(220);
    expect(new Set(ofMembrane).size).toBeGreaterThan(50);
  });

  test('is another one for another seed', async () => {
    const [one, two] = [await temporaryFolder(), await temporaryFolder()];
    await writeSampleStack(one, { size: [40, 30, 4], dataType: 'uint32', seed: 1 });
    await writeSampleStack(two, { size: [40, 30, 4], dataType: 'uint32', seed: 2 });
    expect(sha256(await readAll(one))).not.toBe(sha256(await readAll(two)));
  });

  test('has many neurons, thin membranes of 0, and ids beyond 2^53', async () => {
    const folder = await temporaryFolder();
    await writeSampleStack(folder, { size: [256, 256, 24], dataType: 'uint64', seed: 3 });
    const voxels = await readAll(folder);
    const counts = new Map<number | bigint, number>();
    for (const id of voxels) counts.set(id, (counts.get(id) ?? 0) + 1);
    const background = (counts.get(0n) ?? 0) / voxels.length;
    expect(background).toBeGreaterThan(0.03);
    expect(background).toBeLessThan(0.25);
    expect(counts.size).toBeGreaterThan(50);
    expect([...counts.keys()].filter((id) => id > 2n ** 53n).length).toBeGreaterThan(counts.size / 2);
  });

  test.each(PHANTOM_TYPES)('is made of %s voxels of any size', async (dataType) => {
    const sizes: Vec3[] = [
      [1, 1, 1],
      [37, 29, 5],
      [130, 7, 3],
    ];
    for (const size of sizes) {
      const folder = await temporaryFolder();
      await writeSampleStack(folder, { size, dataType, seed: 1 });
      const source = await openSource(folder);
      expect(source.metadata).toMatchObject({ size, dataType, channels: 1 });
      await source.close();
      expect((await readdir(folder)).length).toBe(size[2]);
    }
  });

  test('reports its progress', async () => {
    const seen: [number, number][] = [];
    const options = { size: [8, 8, 3], dataType: 'uint8', seed: 1 } as const;
    await writeSampleStack(await temporaryFolder(), options, (done, all) => seen.push([done, all]));
    expect(seen).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test('is not written into a folder that holds something', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const writing = writeSampleStack(folder, { size: [8, 8, 3], dataType: 'uint8', seed: 1 });
    await expect(writing).rejects.toMatchObject({
      tag: 'invalid-input',
      message: `The folder ${folder} isn't empty.`,
    });
    expect(await readdir(folder)).toEqual(['notes.txt']);
  });

  test('stops when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    const folder = await temporaryFolder();
    const writing = writeSampleStack(folder, { size: [8, 8, 3], dataType: 'uint8', seed: 1, signal });
    await expect(writing).rejects.toMatchObject({ tag: 'cancelled' });
  });
});
