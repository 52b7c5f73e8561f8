import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { isStudioError } from '../../../../src/shared/base/errors';
import { allocateVoxels, type VoxelArray } from '../../../../src/shared/base/data-type';
import { product3 } from '../../../../src/shared/base/vec3';
import { fixture, fixtureVoxels } from '../../../fixtures/voxels';
import { randomWords } from '../../../random';
import { temporaryFolder } from '../../../temporary-folder';

async function readAll(path: string): Promise<VoxelArray> {
  const source = await openSource(path, { kind: 'image' });
  try {
    const { size, channels, dataType } = source.metadata;
    const data = allocateVoxels(dataType, product3(size) * channels);
    await source.read(boxOfShape(size), { box: boxOfShape(size), channels, data });
    return data;
  } finally {
    await source.close();
  }
}

async function copyOf(name: string) {
  const root = join(await temporaryFolder(), name);
  await cp(fixture('precomputed', name), root, { recursive: true });
  const scale = join(root, '8_4_40');
  const [first = ''] = (await readdir(scale)).filter((file) => !file.endsWith('.gz')).sort();
  const file = join(scale, first);
  return { root, file, first, bytes: await readFile(file) };
}

describe.each(['png-1', 'png-colours', 'jpeg-1', 'jxl-1', 'jxl-colours', 'compresso-8'])('%s', (name) => {
  test('a chunk that is cut off, empty or another thing is named', async () => {
    const { root, file, first, bytes } = await copyOf(name);
    for (const damaged of [
      bytes.subarray(0, bytes.length >> 1),
      bytes.subarray(0, 11),
      Buffer.alloc(0),
      Buffer.from('<html><body>404 Not Found</body></html>'),
    ]) {
      await writeFile(file, damaged);
      await expect(readAll(root)).rejects.toMatchObject({
        tag: 'invalid-input',
        message: expect.stringContaining(`The chunk 8_4_40/${first} is corrupt: `) as unknown,
      });
    }
  });

  test('whatever bytes are changed, it is read or refused, and what comes next is read', async () => {
    const { root, file, bytes } = await copyOf(name);
    const whole = await readAll(fixture('precomputed', name));
    const next = randomWords(11);
    for (let i = 0; i < 60; i++) {
      const mutated = Buffer.from(bytes);
      for (let k = 0; k < 3; k++) mutated[next() % mutated.length] = next() & 0xff;
      await writeFile(file, mutated);
      const error: unknown = await readAll(root).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) continue;
      expect(['invalid-input', 'unsupported']).toContain(isStudioError(error) && error.tag);
    }
    await writeFile(file, bytes);
    expect(await readAll(root)).toEqual(whole);
  });
});

test.each(['jpeg-1', 'jxl-1'])('%s: no labels', async (name) => {
  await expect(openSource(fixture('precomputed', name), { kind: 'segmentation' })).rejects.toThrow(
    /changes values, so that they can't be ids/,
  );
});

test.each([
  ['jpeg-1', 1],
  ['jpeg-colours', 3],
])('%s: as near as its encoder has left it', async (name, channels) => {
  const voxels = await readAll(fixture('precomputed', name));
  const expected = fixtureVoxels('uint8', [9, 7, 5], channels);
  const squares = Array.from(
    { length: expected.length },
    (_, i) => (Number(expected[i]) - Number(voxels[i])) ** 2,
  );
  expect(Math.sqrt(squares.reduce((sum, square) => sum + square) / squares.length)).toBeLessThan(
    channels === 1 ? 8 : 40,
  );
});
