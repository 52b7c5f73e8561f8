#!/bin/bash
# cloud-volume 12.15.2, CloudVolume.from_numpy(), which makes a dataset of an array without further arguments.
#
# Behaviour: the layer's type is guessed from the type of the numbers alone: uint16 (cameras, microscopes) becomes a
# segmentation, int64 (numpy's default for labels, as scipy and scikit-image return int32 or int64) becomes an image. The type
# of the numbers is written as it is: for bool, float16 and float64, which the precomputed format doesn't have, the dataset can
# be read by cloud-volume itself, and is refused by tensorstore 0.1.86. No error and no warning.
# One would have guessed that neither 16 bits nor a sign decides between labels and images, and that a type that no viewer
# reads is refused or converted.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cloud-volume==12.15.2 tensorstore==0.1.86 numpy==2.4.6
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
import numpy as np
import tensorstore
from cloudvolume import CloudVolume

expected = {
    "uint8": ("image", True),
    "uint16": ("segmentation", True),
    "uint32": ("segmentation", True),
    "int32": ("image", True),
    "uint64": ("segmentation", True),
    "bool": ("segmentation", False),
    "float16": ("image", False),
    "float64": ("image", False),
}
for name, (layer, readable) in expected.items():
    path = f"file://{sys.argv[1]}/{name}"
    array = np.ones((8, 8, 8), name)
    volume = CloudVolume.from_numpy(array, vol_path=path)
    assert volume.data_type == name and np.array_equal(volume[:][..., 0], array)
    try:
        tensorstore.open({"driver": "neuroglancer_precomputed", "kvstore": path + "/"}).result()
        opened = True
    except ValueError:
        opened = False
    print(f"{name}: {volume.layer_type}, opened by tensorstore: {opened}")
    assert (volume.layer_type, opened) == (layer, readable)
volume = CloudVolume.from_numpy(np.ones((8, 8, 8), np.int64), vol_path=f"file://{sys.argv[1]}/int64")
print("int64:", volume.layer_type)
assert volume.layer_type == "image"
print("as described")
PYTHON
