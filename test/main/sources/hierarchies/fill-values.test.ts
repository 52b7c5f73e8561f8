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
