import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { temporaryFolder } from '../../../temporary-folder';

const BYTES = { name: 'bytes', configuration: { endian: 'little' } };

function sharding(codecs: readonly object[], index: readonly object[] = [BYTES]): object {
  return { name: 'sharding_indexed', configuration: { chunk_shape: [2, 2, 2], codecs, index_codecs: index } };
}

function zarr3(codecs: readonly object[]): object {
  return {
    zarr_format: 3,
    node_type: 'array',
    shape: [2, 2, 2],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 2, 2] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    codecs,
    attributes: {},
    fill_value: 0,
  };
}

function zarr2(packing: object): object {
  const array = { zarr_format: 2, shape: [2, 2, 2], chunks: [2, 2, 2], dtype: '|u1', fill_value: 0 };
  return { ...array, order: 'C', compressor: null, filters: null, ...packing };
}

test.each([
  ['zarr.json', zarr3([BYTES, { name: 'numcodecs.pcodec', configuration: {} }]), 'pcodec'],
  ['zarr.json', zarr3([sharding([BYTES, { name: 'zfpy' }])]), 'zfpy'],
  ['zarr.json', zarr3([sharding([BYTES], [BYTES, { name: 'snappy' }])]), 'snappy'],
  ['.zarray', zarr2({ compressor: { id: 'snappy' } }), 'snappy'],
  ['.zarray', zarr2({ filters: [{ id: 'categorize' }] }), 'categorize'],
  ['.zarray', zarr2({ filters: [{ id: 'delta', dtype: '|u1', astype: '|i1' }] }), 'delta with |i1'],
  ['.zarray', zarr2({ compressor: { id: 'lzma', format: 3 } }), 'lzma with format 3'],
  ['.zarray', zarr2({ filters: [{ id: 'lzma', format: 2 }] }), 'lzma with format 2'],
  ['.zarray', zarr2({ filters: [{ id: 'crc32', location: 'middle' }] }), 'crc32 with location middle'],
  [
    'zarr.json',
    zarr3([BYTES, { name: 'numcodecs.lzma', configuration: { format: 2 } }]),
    'lzma with format 2',
  ],
])('an array that is packed in an unknown way is refused when it is opened (%s, %#)', async (...entry) => {
  const [name, metadata, codec] = entry;
  const folder = join(await temporaryFolder(), 'array.zarr');
  await mkdir(folder);
  await writeFile(join(folder, name), JSON.stringify(metadata));
  await expect(openSource(folder)).rejects.toMatchObject({
    tag: 'unsupported',
    message: `${folder} is compressed with the codec "${codec}", which is not supported.`,
  });
});

test.each([
  [
    { chunk_grid: { name: 'rectilinear', configuration: { kind: 'inline' } } },
    'unsupported',
    /"rectilinear"/,
  ],
  [{ chunk_grid: { name: 'regular' } }, 'invalid-input', /no shape of chunks/],
  [{ chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 0, 2] } } }, 'invalid-input', /chunks/],
  [{ chunk_grid: 'regular' }, 'invalid-input', /metadata is damaged/],
  [{ storage_transformers: [{ name: 'other' }] }, 'unsupported', /storage transformers/],
] as const)(
  'a layout that is not read is refused when the array is opened: %j',
  async (changes, tag, why) => {
    const folder = join(await temporaryFolder(), 'array.zarr');
    await mkdir(folder);
    await writeFile(join(folder, 'zarr.json'), JSON.stringify({ ...zarr3([BYTES]), ...changes }));
    await expect(openSource(folder)).rejects.toMatchObject({ tag, message: expect.stringMatching(why) });
  },
);

test.each([
  [[sharding([sharding([BYTES, { name: 'zfpy' }])])], 'has shards in its shards, which are not supported'],
  [[sharding([BYTES]), { name: 'snappy' }], 'has shards that the codec "snappy" changes as a whole'],
])('shards that neither reader knows are named: %j', async (codecs, why) => {
  const folder = join(await temporaryFolder(), 'array.zarr');
  await mkdir(folder);
  await writeFile(join(folder, 'zarr.json'), JSON.stringify(zarr3(codecs)));
  await expect(openSource(folder)).rejects.toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining(why),
  });
});

/** The start of a frame with one raw block; the length and the token of a block that has only literals. */
test.each([
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0x20, 8, 0x41, 0, 0]],
  ['numcodecs.lz4', [8, 0, 0, 0, 0x80]],
])('the codec %s needs no configuration to be read', async (name, head) => {
  const folder = join(await temporaryFolder(), 'array.zarr');
  await mkdir(join(folder, 'c/0/0'), { recursive: true });
  await writeFile(join(folder, 'zarr.json'), JSON.stringify(zarr3([BYTES, { name }])));
  await writeFile(join(folder, 'c/0/0/0'), Uint8Array.of(...head, 1, 2, 3, 4, 5, 6, 7, 8));
  const source = await openSource(folder);
  const box = boxOfShape([2, 2, 2]);
  const data = new Uint8Array(8);
  await source.read(box, { box, channels: 1, data });
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await source.close();
});
