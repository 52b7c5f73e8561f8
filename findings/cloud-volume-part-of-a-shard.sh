#!/bin/bash
# cloud-volume 12.15.2, a sharded segmentation of two chunks in one shard, written whole by tensorstore 0.1.86.
#
# Behaviour: after `volume[0:64, :, :] = 2`, which is aligned to the chunk, the other chunk of the shard is gone. The shard
# was replaced by one that holds only the written chunk, and both libraries read the rest as zeros. No error, no warning.
# One would have guessed that the rest is kept, as it is in unsharded volumes and when tensorstore writes, or that a write
# of less than a shard is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cloud-volume==12.15.2 tensorstore==0.1.86
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
import numpy as np
import tensorstore
from cloudvolume import CloudVolume

SHARDING = {
    "@type": "neuroglancer_uint64_sharded_v1", "preshift_bits": 0, "minishard_bits": 0, "shard_bits": 0,
    "hash": "identity", "minishard_index_encoding": "raw", "data_encoding": "raw",
}


def made(name):
    """Returns the path and the tensorstore of a volume of ones."""
    path = f"file://{sys.argv[1]}/{name}/"
    volume = tensorstore.open({
        "driver": "neuroglancer_precomputed", "kvstore": path, "create": True,
        "multiscale_metadata": {"type": "segmentation", "data_type": "uint64", "num_channels": 1},
        "scale_metadata": {"size": [128, 64, 64], "chunk_size": [64, 64, 64], "resolution": [1, 1, 1],
                           "encoding": "raw", "sharding": SHARDING},
    }).result()
    volume.write(np.ones((128, 64, 64, 1), np.uint64)).result()
    return path, volume


def halves(path):
    volume = tensorstore.open({"driver": "neuroglancer_precomputed", "kvstore": path}).result()
    return [np.unique(volume[x:x + 64].read().result()).tolist() for x in (0, 64)]


path, _ = made("cloud-volume")
CloudVolume(path.rstrip("/"), progress=False)[0:64, :, :] = np.full((64, 64, 64, 1), 2, np.uint64)
print("after cloud-volume's write:", halves(path))
assert halves(path) == [[2], [0]]

path, volume = made("tensorstore")
volume[0:64].write(np.full((64, 64, 64, 1), 2, np.uint64)).result()
print("after tensorstore's write:", halves(path))
assert halves(path) == [[2], [1]]
print("as described")
PYTHON
