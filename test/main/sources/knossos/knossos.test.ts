import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeSnappy } from '../../../../src/main/sources/array/decode-snappy';
import { openSource } from '../../../../src/main/sources/registry';
import type { OpenOptions } from '../../../../src/main/sources/source-opener';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';

const EDGE = 128;
const CONF = 'boundary x 256;\nboundary y 100;\nboundary z 2;\nscale x 10;\nscale y 12;\nscale z 30;\n';

/** The grey value of a voxel. */
const grey = (x: number, y: number, z: number) => (x * 3 + y * 5 + z * 7) % 251;

async function writeCube(root: string, magnification: string, cube: number, ending = 'raw'): Promise<void> {
  const folders = [`x000${cube}`, 'y0000', 'z0000'];
  const folder = join(root, magnification, ...folders);
  await mkdir(folder, { recursive: true });
  const bytes = Buffer.alloc(EDGE ** 3);
  for (let z = 0; z < 2; z++)
    for (let y = 0; y < EDGE; y++)
      for (let x = 0; x < EDGE; x++) bytes[(z * EDGE + y) * EDGE + x] = grey(x + cube * EDGE, y, z);
  await writeFile(join(folder, `brain_${magnification}_${folders.join('_')}.${ending}`), bytes);
}

async function voxelsOf(path: string, options: OpenOptions = {}) {
  const source = await openSource(path, options);
  const { size, dataType, resolutionNm, kind, passedOver } = source.metadata;
  const box = { min: [120, 98, 1], max: [136, 100, 2] } as const;
  const data = new Uint8Array(32);
  await source.read(box, { box, channels: 1, data }).finally(() => source.close());
  return { size, dataType, resolutionNm, kind, passedOver, data: [...data] };
}

/** The voxels that `voxelsOf` reads. */
const expected = (last: number) =>
  [98, 99].flatMap((y) => Array.from({ length: 16 }, (_, i) => (120 + i < last ? grey(120 + i, y, 1) : 0)));

describe('cubes of KNOSSOS', () => {
  test('of greys are read up to the boundary, with their size', async () => {
    const root = await temporaryFolder();
    for (const cube of [0, 1]) await writeCube(root, 'mag1', cube);
    await writeCube(root, 'mag2', 0);
    await writeFile(join(root, 'knossos.conf'), CONF);
    const volume = { size: [256, 100, 2], dataType: 'uint8', resolutionNm: [10, 12, 30], kind: 'image' };
    expect(await voxelsOf(root)).toEqual({
      ...volume,
      data: expected(256),
      passedOver: ['mag2/raw: other cubes'],
    });
    expect(await voxelsOf(join(root, 'mag1'))).toEqual({ ...volume, data: expected(256), passedOver: [] });
    const coarse = await openSource(root, { dataset: 'mag2/raw' });
    await coarse.close();
    expect(coarse.metadata).toMatchObject({ size: [128, 50, 1], resolutionNm: [20, 24, 60] });
  });

  test('that are missing are zeros, and without a boundary the last cube is the end', async () => {
    const root = await temporaryFolder();
    await writeCube(root, 'mag1', 0);
    await mkdir(join(root, 'mag1', 'x0001', 'y0000', 'z0000'), { recursive: true });
    await writeFile(join(root, 'knossos.conf'), CONF);
    expect(await voxelsOf(root)).toMatchObject({ data: expected(128) });
    await writeFile(join(root, 'knossos.conf'), 'experiment name "brain";');
    const source = await openSource(root);
    await source.close();
    expect(source.metadata).toMatchObject({
      size: [128, 128, 128],
      passedOver: ['no knossos.conf states the size of the data: it ends with the last cube'],
    });
    expect(source.metadata.resolutionNm).toBeUndefined();
  });

  test('that are cut off are refused by their path', async () => {
    const root = await temporaryFolder();
    await writeCube(root, 'mag1', 0);
    await writeFile(join(root, 'knossos.conf'), CONF);
    const path = join(root, 'mag1', 'x0000', 'y0000', 'z0000', 'brain_mag1_x0000_y0000_z0000.raw');
    await writeFile(path, (await readFile(path)).subarray(1));
    await expect(voxelsOf(root)).rejects.toThrow(`${path} is not a cube of 128³ voxels`);
  });

  test('of two names in one magnification are refused', async () => {
    const root = await temporaryFolder();
    for (const cube of [0, 1]) await writeCube(root, 'mag1', cube);
    const folder = join(root, 'mag1', 'x0001', 'y0000', 'z0000');
    await rename(
      join(folder, 'brain_mag1_x0001_y0000_z0000.raw'),
      join(folder, 'skull_x0001_y0000_z0000.raw'),
    );
    await expect(openSource(root)).rejects.toThrow('holds cubes of two names, brain_mag1 and skull');
  });

  test('of other kinds, or none, are refused', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'mag1'));
    await expect(openSource(root)).rejects.toThrow('holds no cubes of KNOSSOS');
    await writeCube(root, 'mag1', 0, 'jpg');
    await expect(openSource(root)).rejects.toThrow('packed as .jpg');
  });
});

describe('Snappy', () => {
  test('literals and copies of all kinds are unpacked', () => {
    const packed = Buffer.from([
      ...[26, (4 - 1) << 2, 1, 2, 3, 4],
      // A copy with an offset in 11 bits, which overlaps what it writes; others with offsets of 2 and 4 bytes.
      ...[1 | ((6 - 4) << 2), 2],
      ...[2 | ((5 - 1) << 2), 10, 0],
      ...[3 | ((3 - 1) << 2), 15, 0, 0, 0],
      // Literals with a length of 1 and of 2 bytes.
      ...[60 << 2, 4 - 1, 5, 6, 7, 8],
      ...[61 << 2, 4 - 1, 0, 9, 9, 9, 9],
    ]);
    const parts = [1, 2, 3, 4, 3, 4, 3, 4, 3, 4, 1, 2, 3, 4, 3, 1, 2, 3, 5, 6, 7, 8, 9, 9, 9, 9];
    expect([...decodeSnappy(packed, 26)]).toEqual(parts);
    for (const end of [1, 4, 8, 11, 20, packed.length - 1])
      expect(() => decodeSnappy(packed.subarray(0, end), 26)).toThrow('damaged');
    expect(() => decodeSnappy(packed, 25)).toThrow('it unpacks to 26 bytes, not 25');
    expect(() => decodeSnappy(Buffer.from([4, 0, 1, 2, 9]), 4)).toThrow('damaged');
  });
});

test('cubes of labels are known as a segmentation', async () => {
  const path = fixture('foreign-writers', 'knossos');
  const source = await openSource(path, { kind: 'segmentation' });
  await source.close();
  expect(source.metadata).toMatchObject({ kind: 'segmentation', dataType: 'uint64' });
});
