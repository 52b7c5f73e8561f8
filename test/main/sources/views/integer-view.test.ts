import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { testSourceConformance } from '../../../conformance/source-conformance';

const SIZE = [4, 3, 2] as const;
const root = await mkdtemp(join(tmpdir(), 'integers-'));
afterAll(() => rm(root, { recursive: true }));

async function volume(values: readonly bigint[]): Promise<string> {
  const folder = await mkdtemp(join(root, 'volume-'));
  await writeFile(join(folder, 'a.raw'), new Uint8Array(BigInt64Array.from(values).buffer));
  const path = join(folder, 'a.json');
  await writeFile(path, JSON.stringify({ file: 'a.raw', size: SIZE, dataType: 'int64' }));
  return path;
}

const ENDS = [-(2n ** 31n), -1n, 0n, 2n ** 31n - 1n];
const signed = Array.from({ length: 24 }, (_, i) => ENDS[i % 4] ?? 0n);
const bytes = Array.from({ length: 24 }, (_, i) => BigInt(i * 11));

describe('images of int64 are narrower integers', async () => {
  testSourceConformance('int32 by default', {
    path: await volume(signed),
    options: { kind: 'image' },
    dataType: 'int32',
    channels: 1,
    content: Int32Array.from(signed, Number),
  });
  testSourceConformance('uint8 where it is wanted', {
    path: await volume(bytes),
    options: { kind: 'image', dataType: 'uint8' },
    dataType: 'uint8',
    channels: 1,
    content: Uint8Array.from(bytes, Number),
  });
});

test.each([
  ['int32', 2n ** 31n],
  ['int32', -(2n ** 31n) - 1n],
  ['int32', 2n ** 40n],
  ['uint32', 2n ** 32n],
  ['uint32', -1n],
  ['uint8', 256n],
  ['int16', -32769n],
] as const)('a voxel that does not fit into %s is refused with its place: %s', async (dataType, value) => {
  const values = new Array<bigint>(24).fill(5n).with(17, value);
  const source = await openSource(await volume(values), { kind: 'image', dataType });
  const box = boxOfShape(SIZE);
  const data = { int32: Int32Array, uint32: Uint32Array, uint8: Uint8Array, int16: Int16Array }[dataType];
  await expect(source.read(box, { box, channels: 1, data: new data(24) })).rejects.toMatchObject({
    message: expect.stringContaining(`the voxel at x 1, y 1, z 1 is ${value}`),
    fields: expect.objectContaining({ options: ['window', 'dataType'] }),
  });
  await source.close();
});
