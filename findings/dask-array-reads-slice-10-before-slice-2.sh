#!/bin/bash
# dask 2026.8.0 and dask-image 2026.5.0, imread("s*.tif") of three slices named s1, s2 and s10, as programs that count without
# leading zeros name them; beside tifffile 2026.3.3 and scikit-image 0.26.0, which dask reads the slices with.
#
# Behaviour: dask.array.image.imread puts slice 10 before slice 2. dask_image.imread.imread, tifffile and scikit-image read 1, 2, 10.
# Nothing tells it: of a stack of 100 slices the voxels are in wrong planes, and each plane is right.
# One would have guessed that two functions of one project with one name give the same stack, or at least one in the order of the
# library that reads the files.
# Why: dask sorts the names as text; the others sort the numbers in them as numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dask==2026.8.0 dask-image==2026.5.0 tifffile==2026.3.3 scikit-image==0.26.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import dask.array.image
import dask_image.imread
import numpy as np
import skimage.io
import tifffile

for number in (1, 2, 10):
    tifffile.imwrite(f"s{number}.tif", np.full((4, 5), number, np.uint8))
stacks = {
    "dask.array.image": dask.array.image.imread("s*.tif").compute(),
    "dask_image": dask_image.imread.imread("s*.tif").compute(),
    "tifffile": tifffile.imread("s*.tif"),
    "scikit-image": skimage.io.imread_collection("s*.tif").concatenate(),
}
for name, stack in stacks.items():
    order = stack[:, 0, 0].tolist()
    print(name, order)
    assert order == ([1, 10, 2] if name == "dask.array.image" else [1, 2, 10])
print("as described")
PYTHON
