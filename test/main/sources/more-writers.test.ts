import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planConversion } from '../../../src/main/engine/job/conversion-plan';
import { decodeN5Lz4 } from '../../../src/main/sources/array/decode-lz4';
import { openSource } from '../../../src/main/sources/registry';
import { parseConvertSpec } from '../../../src/shared/api/job-spec';
import { boxOfShape } from '../../../src/shared/base/box';
import { testDescribedFixtures } from '../../conformance/described-fixtures';
import { fixture, fixtureVoxels } from '../../fixtures/voxels';
import { temporaryFolder } from '../../temporary-folder';

testDescribedFixtures('more-writers');

test.each([
  [2, -100],
  [3, NaN],
])('the floats of xarray in Zarr %i with a fill value of -100 have %d there', async (version, shown) => {
  const source = await openSource(fixture('more-writers', `floats-${version}.zarr`), { kind: 'image' });
  const [box, data] = [boxOfShape(source.metadata.size), new Float32Array(5 * 7 * 9)];
  await source.read(box, { box, channels: 1, data });
  await source.close();
  const stored = fixtureVoxels('float32', [9, 7, 5]) as Float32Array;
  expect(data).toEqual(stored.map((value) => (value === -100 ? shown : value)));
});

test('whole numbers equal to the fill value of Zarr 2 keep it, with a note', async () => {
  const source = await openSource(fixture('more-writers', 'missing-2.zarr'));
  const [box, data] = [boxOfShape(source.metadata.size), new Uint16Array(5 * 7 * 9)];
  await source.read(box, { box, channels: 1, data });
  await source.close();
  const meant = fixtureVoxels('uint16', [9, 7, 5]) as Uint16Array;
  expect(data).toEqual(meant.map((value) => (value === 0 ? 7 : value)));
  expect(source.metadata.passedOver).toEqual([
    'fill_value: no attribute says that 7 marks missing voxels, so they keep this number',
  ]);
});

test.each([
  ['image', 'NaN'],
  ['segmentation', '0'],
])('a conversion as %s says before it begins that missing voxels become %s', async (type, becomes) => {
  const output = join(await temporaryFolder(), 'out');
  const name = type === 'image' ? 'floats-3.zarr' : 'missing-3.zarr';
  const mark = type === 'image' ? '-100' : '7';
  const input = fixture('more-writers', name);
  const spec = parseConvertSpec({ kind: 'convert', input, output, type, resolution: '4,4,4' });
  expect((await planConversion(spec)).volume.notes).toContain(
    `The input marks missing voxels with ${mark}: they become ${becomes}.`,
  );
});

test.each([
  ['orientation', 'the tag Orientation (3): rows and columns stay as they are stored'],
  ['fei', 'the size of a pixel, 4 nm, but not the distance between slices'],
  ['zeiss', 'the size of a pixel, 4.5 nm, but not the distance between slices'],
  ['gdal', "GDAL's scale and offset: the numbers are those that are stored"],
  ['no-data', "GDAL's value for missing data, -9999"],
  ['centimetres', 'the size of a pixel, 4 × 8 nm, but not the distance between slices'],
])('what the tags of %s.tif say is named as passed over', async (name, note) => {
  const source = await openSource(fixture('more-writers', `${name}.tif`), { kind: 'image' });
  await source.close();
  expect(source.metadata.passedOver).toEqual([note]);
});

test('a stack of MetaMorph is not taken for one slice', async () => {
  await expect(
    openSource(fixture('more-writers', 'metamorph-5.stk'), { kind: 'image' }),
  ).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('stack of MetaMorph (STK)'),
    remedy: expect.stringContaining('tifffile'),
  });
});

test('sizes of OME-Zarr without a unit of length are named', async () => {
  const source = await openSource(fixture('more-writers', 'no-unit.zarr'), { kind: 'image' });
  await source.close();
  expect(source.metadata.passedOver).toEqual([
    'the size of voxels, whose unit isn\'t one of length: z 40 (no unit), y 8 (no unit), x 4 (unit "pixel")',
  ]);
});

test('LZ4 blocks of lz4-java are unpacked, and what is larger than the block is refused', async () => {
  const text = Buffer.from('voxels of a block');
  const literals = Buffer.concat([Buffer.from([0xf0, text.length - 15]), text]);
  const framed = (method: number, content: Uint8Array, unpacked: number) => {
    const header = Buffer.alloc(21);
    header.write('LZ4Block');
    header.writeUInt8(method, 8);
    header.writeUInt32LE(content.length, 9);
    header.writeUInt32LE(unpacked, 13);
    return Buffer.concat([header, content]);
  };
  const parts = [
    framed(0x26, literals, text.length),
    framed(0x16, text, text.length),
    framed(0x16, Buffer.alloc(0), 0),
  ];
  const stream = Buffer.concat(parts);
  const unpacked = await decodeN5Lz4(stream, 100, 2 * text.length);
  expect(Buffer.from(unpacked)).toEqual(Buffer.concat([text, text]));
  await expect(decodeN5Lz4(stream, text.length, 2 * text.length)).rejects.toThrow();
});
