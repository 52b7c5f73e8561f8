"""Reads a channel by BossDB's own client and prints the result as JSON: read-by-intern.py URL TOKEN CHANNEL."""

import json
import sys

from intern.convenience.array import _BossDBVolumeProvider
from intern.remote.boss import BossRemote

url, token, channel = sys.argv[1:]
protocol, host = url.split("://")
remote = BossRemote({"protocol": protocol, "host": host, "token": token})
provider = _BossDBVolumeProvider(remote)
resource = remote.get_channel(channel, "lab", "mouse")
depth, height, width = provider.get_shape(resource)
voxels = remote.get_cutout(resource, 0, [0, width], [0, height], [0, depth], parallel=False)
print(
    json.dumps(
        {
            "shape": list(voxels.shape),
            "dtype": str(voxels.dtype),
            "voxelSize": list(provider.get_voxel_size(resource)),
            "unit": provider.get_voxel_unit(resource),
            "voxels": [str(value) for value in voxels.ravel()],
        }
    )
)
