import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSource } from '../../../../src/main/sources/registry';
import { boxOfShape } from '../../../../src/shared/base/box';
import { temporaryFolder } from '../../../temporary-folder';

/** Returns metadata as zarr-python writes it, but with exact numbers, which JavaScript would round. */
function zarr3(dataType: string, fill: string): string {
  return `{"zarr_format": 3, "node_type": "array", "shape": [2, 2, 4], "data_type": "${dataType}",
  "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 2, 2]}},
  "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
  "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
  "attributes": {"offset_of_ids": ${fill}},
  "fill_value": ${fill}
}`;
}

function zarr2(dtype: string, fill: string): string {
  return `{"zarr_format": 2, "shape": [2, 2, 4], "chunks": [2, 2, 2], "dtype": "${dtype}",
  "fill_value": ${fill}, "order": "C", "compressor": null, "filters": null}`;
}

/** Writes an array of two chunks with only the second one, as an array without any chunks is refused. */
async function writeArray(folder: string, name: string, metadata: string): Promise<void> {
  await mkdir(join(folder, 'c/0/0'), { recursive: true });
  await writeFile(join(folder, name), metadata);
  await writeFile(join(folder, name === '.zarray' ? '0.0.1' : 'c/0/0/1'), new Uint8Array(64));
}

test.each([
  ['zarr.json', zarr3('uint64', '18446744073709551615'), 18446744073709551615n],
  ['zarr.json', zarr3('uint64', '9007199254740993'), 9007199254740993n],
  ['zarr.json', zarr3('int64', '9223372036854775807'), 9223372036854775807n],
  ['.zarray', zarr2('<u8', '9007199254740993'), 9007199254740993n],
  ['.zarray', zarr2('>u8', '18446744073709551614'), 18446744073709551614n],
])('missing chunks have the exact value that %s says (%#)', async (name, metadata, value) => {
  const folder = join(await temporaryFolder(), 'array.zarr');
  await writeArray(folder, name, metadata);
  const source = await openSource(folder);
  const box = boxOfShape([2, 2, 2]);
  const data = new BigUint64Array(8);
  await source.read(box, { box, channels: 1, data });
  expect([...new Set(data)]).toEqual([value]);
  await source.close();
});

test.each([
  ['zarr.json', zarr3('float16', '-1.5'), -1.5],
  ['zarr.json', zarr3('float16', '"-Infinity"'), -Infinity],
  ['zarr.json', zarr3('float16', '"NaN"'), NaN],
  ['zarr.json', zarr3('float16', '"0xc000"'), -2],
  ['zarr.json', zarr3('float16', '0.0'), 0],
  ['.zarray', zarr2('>f2', '6.103515625e-05'), 2 ** -14],
  ['.zarray', zarr2('<f2', 'null'), 0],
])('missing chunks of half floats have the value that %s says (%#)', async (name, metadata, value) => {
  const folder = join(await temporaryFolder(), 'array.zarr');
  await writeArray(folder, name, metadata);
  const source = await openSource(folder, { kind: 'image' });
  const box = boxOfShape([2, 2, 2]);
  const data = new Float32Array(8);
  await source.read(box, { box, channels: 1, data });
  expect([...new Set(data)]).toEqual([value]);
  await source.close();
});

test.each([
  ['0.0', '{"_ARRAY_DIMENSIONS": ["z", "y", "x"]}', 0],
  ['0.0', '{"_ARRAY_DIMENSIONS": ["z", "y", "x"], "_FillValue": 0.0}', NaN],
  ['0.0', '{"_ARRAY_DIMENSIONS": ["z", "y", "x"], "missing_value": 0.0}', NaN],
  ['"NaN"', '{"_ARRAY_DIMENSIONS": ["z", "y", "x"]}', 0],
])('zeros of floats with fill_value %s and the attributes %s are %d', async (fill, attributes, shown) => {
  const folder = join(await temporaryFolder(), 'array.zarr');
  await writeArray(folder, '.zarray', zarr2('<f4', fill));
  await writeFile(join(folder, '.zattrs'), attributes);
  const source = await openSource(folder, { kind: 'image' });
  const box = { min: [2, 0, 0], max: [4, 2, 2] } as const;
  const data = new Float32Array(8).fill(5);
  await source.read(box, { box, channels: 1, data });
  await source.close();
  expect([...new Set(data)]).toEqual([shown]);
  expect(source.metadata.passedOver).toEqual([]);
});

test.each(['18446744073709551615', '[ 18446744073709551615 ]'])(
  'the mark %s of missing ids is exact, and they become 0',
  async (mark) => {
    const folder = join(await temporaryFolder(), 'array.zarr');
    await writeArray(folder, '.zarray', zarr2('<u8', '0'));
    const ids = BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 2n, 2n ** 63n, 1n, 0n, 2n, 3n, 4n);
    await writeFile(join(folder, '0.0.1'), ids);
    await writeFile(join(folder, '.zattrs'), `{"_FillValue": ${mark}}`);
    const source = await openSource(folder);
    const box = { min: [2, 0, 0], max: [4, 2, 2] } as const;
    const data = new BigUint64Array(8);
    await source.read(box, { box, channels: 1, data });
    await source.close();
    expect(data).toEqual(ids.map((id) => (id === 2n ** 64n - 1n ? 0n : id)));
    expect(source.metadata.facts).toContainEqual([
      'values',
      'stored number, as uint64; 18446744073709551615 (missing) becomes 0',
    ]);
  },
);
