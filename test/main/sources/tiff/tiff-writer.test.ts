import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { encodeTiff } from '../../../../src/main/sources/tiff/tiff-writer';
import { boxOfShape } from '../../../../src/shared/base/box';
import { allocateVoxels, DATA_TYPES } from '../../../../src/shared/base/data-type';
import { temporaryFolder } from '../../../temporary-folder';
import { fixtureVoxels } from '../../../fixtures/voxels';

test('writes the bytes of its layout', async () => {
  const file = Buffer.from(await encodeTiff(Uint16Array.of(1, 2, 3, 4, 5, 6), 3, 2));
  const entries = 10;
  const strip = 8 + 2 + entries * 12 + 4;
  const entry = (tag: number, type: number, value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(1, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const directory = [
    entry(256, 4, 3),
    entry(257, 4, 2),
    entry(258, 3, 16),
    entry(259, 3, 8),
    entry(262, 3, 1),
    entry(273, 4, strip),
    entry(277, 3, 1),
    entry(278, 4, 2),
    entry(279, 4, file.length - strip),
    entry(339, 3, 1),
  ];
  const header = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, entries, 0]);
  expect(file.subarray(0, strip)).toEqual(Buffer.concat([header, ...directory, Buffer.alloc(4)]));
  expect(inflateSync(file.subarray(strip))).toEqual(Buffer.from([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]));
});

test.each(DATA_TYPES)('writes %s in several strips that are read back', async (dataType) => {
  const size = [300, 400, 1] as const;
  const voxels = fixtureVoxels(dataType, size);
  const path = join(await temporaryFolder(), 'slice.tif');
  await writeFile(path, await encodeTiff(voxels, 300, 400));
  const source = await openSource(path);
  expect(source.metadata).toMatchObject({ size, dataType });
  const box = boxOfShape(size);
  const data = allocateVoxels(dataType, voxels.length);
  await source.read(box, { box, channels: 1, data });
  await source.close();
  expect(Buffer.from(data.buffer).equals(Buffer.from(voxels.buffer))).toBe(true);
});
