#!/bin/bash
# ome-zarr 0.18.0, write_image and write_labels with coordinate_transformations, which give the voxel size of each level.
#
# Behaviour: the parameter is accepted and has no effect: all levels are written with voxels of 1, 1, 1 (then 1, 2, 2 …), in
# arbitrary units. Only the newer parameter `scale` is used.
# One would have guessed that a documented parameter is used, or refused if the newer one replaces it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ome-zarr==0.18.0 zarr==3.1.6 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import sys
import numpy as np
import zarr
from ome_zarr.writer import write_image, write_labels

SIZE = [40.0, 8.0, 4.0]
labels = np.ones((8, 64, 64), np.uint16)


def finest(group):
    return group.attrs["ome"]["multiscales"][0]["datasets"][0]["coordinateTransformations"][0]["scale"]


for name, given in {
    "transformations": {"coordinate_transformations": [[{"type": "scale", "scale": SIZE}]], "scaler": None},
    "scale": {"scale": dict(zip("zyx", SIZE))},
}.items():
    group = zarr.open_group(f"{sys.argv[1]}/{name}", mode="w")
    write_image(labels, group, axes="zyx", **given)
    write_labels(labels, group, name="cells", axes="zyx", **given)
    sizes = [finest(group), finest(group["labels/cells"])]
    print(f"given by {name}:", sizes)
    assert sizes == ([SIZE, SIZE] if name == "scale" else [[1, 1, 1], [1, 1, 1]])
print("as described")
PYTHON
