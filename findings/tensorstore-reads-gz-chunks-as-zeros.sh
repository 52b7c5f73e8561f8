#!/bin/bash
# tensorstore 0.1.86, reading a precomputed volume that cloud-volume 12.15.2 wrote to a folder with its own defaults.
#
# Behaviour: cloud-volume writes each chunk as NAME.gz. tensorstore's precomputed driver looks only for NAME, and reads
# missing chunks as zeros, so the whole volume is read as zeros, without an error or a warning. If the same volume is
# written with compress=False, it is read correctly.
# One would have guessed that the two most common libraries of the format read each other's folders, or that a scale
# without a single chunk is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tensorstore==0.1.86 cloud-volume==12.15.2 numpy==2.4.6
FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import os

import numpy as np
import tensorstore as ts
from cloudvolume import CloudVolume

image = (np.arange(32**3) % 250 + 1).astype(np.uint8).reshape(32, 32, 32)
info = CloudVolume.create_new_info(
    1, "image", "uint8", "raw", resolution=(4, 4, 40), voxel_offset=(0, 0, 0), volume_size=image.shape, chunk_size=(16, 16, 16)
)


def write(name, **settings):
    path = f"file://{os.environ['FOLDER']}/{name}"
    volume = CloudVolume(path, info=info, progress=False, **settings)
    volume.commit_info()
    volume[:, :, :] = image[..., np.newaxis]
    return path


def read(path):
    return ts.open({"driver": "neuroglancer_precomputed", "kvstore": path}).result().read().result()[..., 0]


by_default, plain = write("default"), write("plain", compress=False)
print(sorted(os.listdir(by_default.removeprefix("file://") + "/4_4_40"))[0])
print("default:", read(by_default).max(), "is the largest value read; without compression:", read(plain).max())
assert not read(by_default).any()
assert np.array_equal(read(plain), image)
print("as described")
PYTHON
