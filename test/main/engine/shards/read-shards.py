"""Reads pairs of datasets, sharded and not, by tensorstore and by cloud-volume, and prints what differs as JSON.

Reads a list of [sharded, plain, libraries] as JSON from the standard input.
"""

import json
import sys

import numpy as np
import tensorstore
from cloudvolume import CloudVolume


def by_tensorstore(path, scale):
    spec = {"driver": "neuroglancer_precomputed", "kvstore": f"file://{path}/", "scale_index": scale}
    return np.asarray(tensorstore.open(spec, open=True).result().read().result())


def by_cloudvolume(path, scale):
    return np.asarray(CloudVolume(f"precomputed://file://{path}", mip=scale, progress=False)[:, :, :])


READERS = {"tensorstore": by_tensorstore, "cloudvolume": by_cloudvolume}
read, differing = 0, []
for sharded, plain, libraries in json.load(sys.stdin):
    with open(f"{sharded}/info") as file:
        scales = json.load(file)["scales"]
    for scale in range(len(scales)):
        assert scales[scale]["sharding"]["@type"] == "neuroglancer_uint64_sharded_v1"
        expected = by_tensorstore(plain, scale)
        assert expected.any()
        for library in libraries:
            voxels = READERS[library](sharded, scale)
            read += 1
            if voxels.dtype != expected.dtype or not np.array_equal(voxels, expected):
                differing.append([sharded, scale, library])
print(json.dumps({"read": read, "differing": differing}))
