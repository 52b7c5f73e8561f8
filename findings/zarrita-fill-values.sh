#!/bin/sh
# zarrita 0.7.5 (npm) reads missing chunks of Zarr arrays whose fill value is a 64-bit integer or a float given by its bits.
#
# Behaviour: a fill value of 64-bit integers goes through a double: 2^53 + 1 is read as 2^53, and 2^64 - 1, by which many programs
# mark "no label", as 0. A float's fill value in Zarr 3 may be a text of its bits ("0x7fc00000" is NaN); it is read as the number
# 2143289344. A fill value of null, which Zarr 2 allows and which means "undefined", is 0 for 32 bits and a TypeError for 64.
# One would have guessed that the fill value is exact, or refused.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zarrita@0.7.5 >/dev/null
cat >read.mjs <<'JS'
import { get, open } from 'zarrita';

/** Reads an array of one element, whose only chunk is missing, from metadata given as text. */
async function read(version, key, text) {
  const store = { get: async (name) => (name === key ? new TextEncoder().encode(text) : undefined) };
  return (await get(await open[version](store, { kind: 'array' }))).data[0];
}
const v3 = (type, fill) =>
  read(
    'v3',
    '/zarr.json',
    `{"zarr_format": 3, "node_type": "array", "shape": [1], "data_type": "${type}", "fill_value": ${fill}, "attributes": {},
      "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1]}}, "chunk_key_encoding": {"name": "default"},
      "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]}`,
  );
const v2 = (type, fill) =>
  read(
    'v2',
    '/.zarray',
    `{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "${type}", "fill_value": ${fill}, "order": "C",
      "compressor": null, "filters": null}`,
  );
const results = {
  'uint64, 9007199254740993': await v3('uint64', '9007199254740993'),
  'uint64, 18446744073709551615': await v3('uint64', '18446744073709551615'),
  'uint64 of Zarr 2, 18446744073709551615': await v2('<u8', '18446744073709551615'),
  'float32, "NaN"': await v3('float32', '"NaN"'),
  'float32, "0x7fc00000"': await v3('float32', '"0x7fc00000"'),
  'int32 of Zarr 2, null': await v2('<i4', 'null'),
  'int64 of Zarr 2, null': await v2('<i8', 'null').catch((error) => error.name),
};
for (const [name, value] of Object.entries(results)) console.log(`${name}: ${value}`);
const expected = [9007199254740992n, 0n, 0n, NaN, 2143289344, 0, 'TypeError'];
if (!Object.values(results).every((value, index) => Object.is(value, expected[index]))) process.exit(1);
console.log('as described');
JS
node read.mjs
