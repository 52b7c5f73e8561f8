#!/bin/sh
# zarrita 0.7.5 (npm) reads a Zarr 3 array with several transpose codecs as if the last one that is undone were the only one.
#
# The Zarr 3 specification allows any number of array-to-array codecs in sequence, each applied to the result of the one
# before; zarr-python and tensorstore write and read two transposes in this way. One would have guessed that zarrita either
# composes them or refuses them. It raises no error, and returns voxels in another order. With a single, composed transpose
# the same bytes are read correctly.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zarrita@0.7.5 >/dev/null
cat >read.mjs <<'JS'
import { open, root } from 'zarrita';

// An array of 2 × 3 × 4: the value at (i, j, k) is 12 i + 4 j + k. First (2, 1, 0), then (1, 2, 0) of that: axes j, i, k.
const stored = Uint8Array.from({ length: 24 }, (_, n) => {
  const [j, i, k] = [Math.floor(n / 8), Math.floor(n / 4) % 2, n % 4];
  return 12 * i + 4 * j + k;
});

async function read(orders) {
  const metadata = {
    zarr_format: 3,
    node_type: 'array',
    shape: [2, 3, 4],
    data_type: 'uint8',
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 3, 4] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: 0,
    codecs: [...orders.map((order) => ({ name: 'transpose', configuration: { order } })), { name: 'bytes' }],
    attributes: {},
  };
  const files = { '/zarr.json': new TextEncoder().encode(JSON.stringify(metadata)), '/c/0/0/0': stored };
  const array = await open.v3(root({ get: (key) => Promise.resolve(files[key]) }), { kind: 'array' });
  const { data, stride } = await array.getChunk([0, 0, 0]);
  const values = [];
  for (let i = 0; i < 2; i++)
    for (let j = 0; j < 3; j++)
      for (let k = 0; k < 4; k++) values.push(data[i * stride[0] + j * stride[1] + k * stride[2]]);
  return values.join();
}

const right = Array.from({ length: 24 }, (_, n) => n).join();
console.log('one transpose of (1, 0, 2):', (await read([[1, 0, 2]])) === right ? 'right' : 'wrong');
console.log('(2, 1, 0), then (1, 2, 0):', (await read([[2, 1, 0], [1, 2, 0]])) === right ? 'right' : 'wrong');
JS
seen=$(node read.mjs)
echo "$seen"
expected='one transpose of (1, 0, 2): right
(2, 1, 0), then (1, 2, 0): wrong'
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
