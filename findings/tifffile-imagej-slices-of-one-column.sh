#!/bin/bash
# tifffile 2026.3.3, imwrite(path, voxels, imagej=True, metadata={"axes": "ZYX"}) of a volume whose slices are one voxel wide.
#
# Behaviour: a volume of 3 x 5 x 1 voxels is written as one page of 3 rows and 5 columns, and ImageJ's metadata in it names 3 slices.
# tifffile itself then logs "ImageJ series metadata invalid or corrupted file" and reads an image of 3 x 5; Pillow reads the same
# without a word. A volume of 3 x 5 x 2 voxels gets three pages.
# One would have guessed that each slice gets its page, however wide it is, or that the shape is refused.
# Why: a last axis of length 1 counts as samples of a page, so the axes before it become its rows and columns. The metadata follow
# the axes that were given.
# Who reads such a file can't tell it from a page that was taken out of a stack as high as it has slices: write without imagej=True.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tifffile==2026.3.3 pillow==12.0.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np
import tifffile
from PIL import Image

for width in (1, 2):
    voxels = np.arange(15 * width, dtype=np.uint8).reshape(3, 5, width)
    tifffile.imwrite("volume.tif", voxels, imagej=True, metadata={"axes": "ZYX"})
    with tifffile.TiffFile("volume.tif") as file, Image.open("volume.tif") as image:
        pages, slices = len(file.pages), file.imagej_metadata["slices"]
        read = file.asarray().shape
        print(f"{voxels.shape}: {pages} pages of {file.pages[0].shape}, {slices} slices in the metadata, read as {read}")
        assert slices == 3
        assert image.n_frames == pages
        assert (pages, read) == ((1, (3, 5)) if width == 1 else (3, (3, 5, 2)))
print("as described")
PYTHON
