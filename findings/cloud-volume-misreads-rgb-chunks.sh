#!/bin/bash
# cloud-volume 12.15.2, an RGB volume in png or jpeg chunks, whose blue grows along x.
#
# Behaviour: what it writes is right: Pillow finds the colours in the files, and tensorstore 0.1.86 reads them. What
# cloud-volume reads back, from its own files and from tensorstore's, mixes channels and positions: (200, 100, 60) comes
# back as (100, 62, 200). No error and no warning. With raw chunks all of them agree.
# One would have guessed that a library reads what it has written, or that it refuses three channels.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  cloud-volume==12.15.2 pyspng-seunglab==1.1.3 pillow==13.0.0 tensorstore==0.1.86
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import glob
import sys
import numpy as np
import tensorstore
from cloudvolume import CloudVolume
from PIL import Image

image = np.zeros((64, 64, 64, 3), np.uint8)
image[..., 0], image[..., 1] = 200, 100
image[..., 2] = np.arange(64)[:, None, None]
place = (60, 5, 5)
for encoding in ("raw", "png", "jpeg"):
    path = f"{sys.argv[1]}/{encoding}"
    info = CloudVolume.create_new_info(3, "image", "uint8", encoding, [1, 1, 1], [0, 0, 0], [64, 64, 64], [64, 64, 64])
    volume = CloudVolume("file://" + path, info=info, compress=False, progress=False)
    volume.commit_info()
    volume[:] = image
    other = tensorstore.open({"driver": "neuroglancer_precomputed", "kvstore": f"file://{path}/"}).result().read().result()
    own = np.asarray(volume[:])
    print(encoding, "cloud-volume reads", own[place], "and tensorstore", other[place], "where", image[place], "was written")
    near = 0 if encoding != "jpeg" else 5
    assert np.abs(other.astype(int) - image).max() <= near
    assert (np.abs(own.astype(int) - image).max() > 100) == (encoding != "raw")
    if encoding != "raw":
        stored = np.asarray(Image.open(glob.glob(f"{path}/1_1_1/*")[0]))
        assert stored.shape == (4096, 64, 3)
        assert np.abs(stored[5 * 64 + 5, 60].astype(int) - image[place]).max() <= near
print("as described")
PYTHON
