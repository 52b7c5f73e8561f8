#!/bin/sh
# zarr-python 3.1.6 (PyPI) refuses a Zarr 3 array whose shards are transposed as a whole, where the sizes only divide after the
# transposition. tensorstore 0.1.86 writes and reads it.
#
# The Zarr 3 specification applies the codecs of a chunk one after the other: `transpose` turns a chunk of 4 × 6 × 8 into one of
# 8 × 4 × 6, and `sharding_indexed` divides that into inner chunks of 4 × 2 × 3. One would have guessed that zarr-python checks
# the inner chunks against the shape that reaches the codec, as it does when it decodes: with sizes that divide both ways it reads
# the same layout correctly. It checks them against the shape of the chunk before the transposition.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.2.6 zarr==3.1.6 tensorstore==0.1.86
cat >check.py <<'PY'
import os

import numpy as np
import tensorstore
import zarr


def check(name, shape, chunk, inner):
    data = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    sharding = {"chunk_shape": inner, "codecs": [little], "index_codecs": [little, {"name": "crc32c"}]}
    codecs = [
        {"name": "transpose", "configuration": {"order": [2, 0, 1]}},
        {"name": "sharding_indexed", "configuration": sharding},
    ]
    grid = {"name": "regular", "configuration": {"chunk_shape": chunk}}
    metadata = {"shape": shape, "data_type": "uint16", "chunk_grid": grid, "codecs": codecs}
    spec = {"driver": "zarr3", "kvstore": f"file://{os.getcwd()}/{name}/", "metadata": metadata}
    tensorstore.open(spec, create=True).result()[...] = data
    again = tensorstore.open({"driver": "zarr3", "kvstore": spec["kvstore"]}).result().read().result()
    print(name, "by tensorstore:", "right" if np.array_equal(again, data) else "wrong")
    try:
        read = zarr.open_array(name, mode="r")[:]
        print(name, "by zarr-python:", "right" if np.array_equal(read, data) else "wrong")
    except ValueError as error:
        print(name, "by zarr-python:", error)


check("cubes", [16, 16, 16], [8, 8, 8], [4, 4, 4])
check("boxes", [8, 12, 16], [4, 6, 8], [4, 2, 3])
PY
seen=$(venv/bin/python -W ignore check.py)
echo "$seen"
expected="cubes by tensorstore: right
cubes by zarr-python: right
boxes by tensorstore: right
boxes by zarr-python: The array's \`chunk_shape\` (got (4, 6, 8)) needs to be divisible by the shard's inner \`chunk_shape\` (got (4, 2, 3))."
[ "$seen" = "$expected" ] || { echo 'This has changed.'; exit 1; }
