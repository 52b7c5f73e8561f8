import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { fromArrayBuffer } from 'geotiff';
import { describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { allocateVoxels } from '../../../../src/shared/base/data-type';
import { boxOfShape } from '../../../../src/shared/base/box';
import { allocateKernelMemory } from '../../../../src/shared/base/kernel-memory';
import { product3 } from '../../../../src/shared/base/vec3';
import { fixture } from '../../../fixtures/voxels';
import { temporaryFolder } from '../../../temporary-folder';
import { evenSlice, failure, readVolume, writeStack } from './stack-folder';

/** Returns a copy of a fixture in which unit `index` of the first page has been changed. */
async function withDamage(name: string, index: number, change: (unit: Buffer) => void): Promise<string> {
  const bytes = await readFile(fixture('tiff', name));
  const tiff = await fromArrayBuffer(new Uint8Array(bytes).buffer);
  tiff.parser.eager = true;
  const tags = (await tiff.requestIFD(0)).actualizedFields;
  const [offsets, lengths] = [tags.get(273) ?? tags.get(324), tags.get(279) ?? tags.get(325)];
  const at = (list: unknown) =>
    Array.isArray(list) || ArrayBuffer.isView(list) ? Number(list[index as never]) : Number(list);
  change(bytes.subarray(at(offsets), at(offsets) + at(lengths)));
  const path = join(await temporaryFolder(), name);
  await writeFile(path, bytes);
  return path;
}

describe('a strip or tile that is damaged', () => {
  test.each([
    ['uint64-deflate-strips.tif', 'strip 2', 2, (unit: Buffer) => unit.fill(0xff, 10, 40)],
    ['uint64-deflate-tiles.tif', 'tile 1', 1, (unit: Buffer) => unit.fill(0, 2)],
    [
      'uint8-deflate-one-strip.tif',
      'strip 0',
      0,
      (unit: Buffer) => unit.writeUInt8((unit.at(-1) ?? 0) ^ 1, unit.length - 1),
    ],
    ['uint64-zstd-strips.tif', 'strip 1', 1, (unit: Buffer) => unit.fill(0x11, 6, 60)],
    ['uint64-zstd-strips.tif', 'strip 3', 3, (unit: Buffer) => unit.fill(0)],
    ['uint64-lzw-strips.tif', 'strip 0', 0, (unit: Buffer) => unit.fill(0xff)],
    ['uint64-lzw-strips.tif', 'strip 1', 1, (unit: Buffer) => unit.writeUInt16BE(0x0001, 0)],
    ['uint8-packbits-strips.tif', 'strip 2', 2, (unit: Buffer) => unit.fill(128)],
  ])('%s, %s: is named', async (name, unit, index, change) => {
    const path = await withDamage(name, index, change);
    const error = await failure(readVolume(path));
    expect(error.tag).toBe('invalid-input');
    expect(error.message).toMatch(new RegExp(`^${name}, ${unit} can't be decoded: `));
    expect(error.remedy).toContain('damaged');
  });

  test('leaves the other ones readable', async () => {
    const path = await withDamage('uint64-deflate-strips.tif', 2, (unit) => unit.fill(0xff, 10, 40));
    const source = await openSource(path);
    const above = { min: [0, 0, 0], max: [37, 16, 1] } as const;
    await source.read(above, { box: above, channels: 1, data: allocateVoxels('uint64', 37 * 16) });
    const below = boxOfShape([37, 29, 1]);
    const reading = source.read(below, {
      box: below,
      channels: 1,
      data: allocateVoxels('uint64', product3(below.max)),
    });
    expect((await failure(reading)).message).toContain('strip 2');
    await source.close();
  });

  test('names the page, too, where it is not the first', async () => {
    const bytes = await readFile(fixture('tiff', 'uint64-deflate-one-strip.tif'));
    const path = join(await temporaryFolder(), 'pages.tif');
    // The last page's strip is at the end of the file.
    await writeFile(path, bytes.fill(0xff, bytes.length - 2000));
    expect((await failure(readVolume(path))).message).toMatch(
      /^pages.tif page 3, strip 0 can't be decoded: /,
    );
  });
});

/** Strips 0 to 2 have 8 rows, and strip 3 has 5. */
const STRIPS = 'uint64-deflate-strips.tif';
const BOX = boxOfShape([37, 29, 1]);
const ROW_BYTES = 37 * 8;

/** Reads the first slice to memory in which deflated strips are unpacked in place. */
async function readToKernelMemory(path: string): Promise<{ data: BigUint64Array; work: Promise<void> }> {
  const { buffer } = allocateKernelMemory(29 * ROW_BYTES, 1);
  const data = new BigUint64Array(buffer, 0, 29 * 37);
  const source = await openSource(path);
  const work = source.read(BOX, { box: BOX, channels: 1, data }).finally(() => source.close());
  return { data, work };
}

/** Replaces a stream by a shorter one. The bytes after it are ignored. */
function replaced(content: Uint8Array): (unit: Buffer) => void {
  return (unit) => unit.set(deflateSync(content, { level: 9 }));
}

describe('a deflated strip that goes straight to its place', () => {
  test.each([
    ['damaged data', 2, (unit: Buffer) => unit.fill(0xff, 10, 40)],
    ['a wrong checksum', 1, (unit: Buffer) => unit.writeUInt8((unit.at(-1) ?? 0) ^ 1, unit.length - 1)],
    ['too few rows', 0, replaced(new Uint8Array(7 * ROW_BYTES))],
    ['too many rows', 0, replaced(new Uint8Array(9 * ROW_BYTES))],
    ['more rows than any strip', 3, replaced(new Uint8Array(9 * ROW_BYTES))],
  ])('is refused for %s as it is elsewhere', async (_, index, change) => {
    const path = await withDamage(STRIPS, index, change);
    const { work } = await readToKernelMemory(path);
    const { message } = await failure(work);
    expect(message).toMatch(new RegExp(`^${STRIPS}, strip ${index} can't be decoded: `));
    expect(message).toBe((await failure(readVolume(path))).message);
  });

  test('is there even if its checksum is wrong', async () => {
    const path = await withDamage(STRIPS, 0, (unit) =>
      unit.writeUInt8((unit.at(-1) ?? 0) ^ 1, unit.length - 1),
    );
    const { data, work } = await readToKernelMemory(path);
    await failure(work);
    const expected = (await readVolume(fixture('tiff', STRIPS))).subarray(0, 8 * 37);
    expect(data.subarray(0, 8 * 37)).toEqual(expected);
  });

  test('may be the last one, filled up to the size of the others', async () => {
    const path = await withDamage(STRIPS, 3, replaced(new Uint8Array(8 * ROW_BYTES).fill(1)));
    const { data, work } = await readToKernelMemory(path);
    await work;
    const expected = await readVolume(path);
    expect(data).toEqual(expected.subarray(0, 29 * 37));
    expect(data.at(-1)).toBe(0x0101010101010101n);
  });
});

describe('labels that are negative', () => {
  test('are refused with file, place and value', async () => {
    const path = fixture('tiff', 'int64-deflate-tiles-le.tif');
    const source = await openSource(path);
    const box = boxOfShape(source.metadata.size);
    const data = allocateVoxels('uint64', product3(source.metadata.size));
    const error = await failure(source.read(box, { box, channels: 1, data }));
    expect(error.tag).toBe('invalid-input');
    expect(error.message).toBe(
      'int64-deflate-tiles-le.tif, tile 0: the voxel at x 2, y 0, z 0 is negative: -7046029254386353131',
    );
    expect(error.fields).toMatchObject({ x: 2, y: 0, z: 0, value: '-7046029254386353131' });
    await source.close();
  });

  test('are taken as unsigned where there are none', async () => {
    const path = fixture('tiff', 'int32-none-strips-le.tif');
    const source = await openSource(path);
    const box = { min: [0, 0, 0], max: [2, 1, 1] } as const;
    const data = new BigUint64Array(2);
    await source.read(box, { box, channels: 1, data });
    expect([...data]).toEqual([0n, 0n]);
    await source.close();
  });
});

test('a stack of more slices than files are kept open is read in any order', async () => {
  const names = Array.from({ length: 150 }, (_, i) => `s${i}.tif`);
  const files = Object.fromEntries(names.map((name, i) => [name, i]));
  const folder = await writeStack(await temporaryFolder(), files);
  expect(await evenSlice(1)).toBeInstanceOf(Uint8Array);
  const source = await openSource(folder);
  const read = async (z: number) => {
    const box = { min: [4, 3, z], max: [5, 4, z + 1] } as const;
    const data = new Uint16Array(1);
    await source.read(box, { box, channels: 1, data });
    return data[0];
  };
  const order = names.map((_, i) => (i * 67) % names.length);
  expect(await Promise.all(order.map(read))).toEqual(order);
  await source.close();
});
