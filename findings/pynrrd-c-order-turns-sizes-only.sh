#!/bin/bash
# pynrrd 1.1.3, index_order='C', for an array a[z, y, x] of 5 slices with voxels of 40, 8 and 4 along z, y and x.
#
# Behaviour: write() turns the sizes round, so that x is the first axis of the file, and stores the spacings in the order in
# which they were given. So the file states 40 for x and 4 for z. read() with index_order='C' turns the array round and
# leaves the header's sizes and spacings in the file's order, so that pynrrd's own round trip hides the fault; ITK and every
# other reader show voxels that are stretched ten times.
# One would have guessed that the header follows the array, or that all of its fields are left to the caller.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pynrrd==1.1.3 numpy==2.4.6 SimpleITK==2.5.7
"$folder/venv/bin/python" - "$folder/stack.nrrd" <<'PYTHON'
import sys
import nrrd
import numpy as np
import SimpleITK

nrrd.write(sys.argv[1], np.zeros((5, 3, 2), np.uint8), {"spacings": [40.0, 8.0, 4.0]}, index_order="C")
array, header = nrrd.read(sys.argv[1], index_order="C")
image = SimpleITK.ReadImage(sys.argv[1])
print("pynrrd:", array.shape, header["sizes"], header["spacings"], "ITK:", image.GetSize(), image.GetSpacing())
assert array.shape == (5, 3, 2) and header["sizes"].tolist() == [2, 3, 5]
assert header["spacings"].tolist() == [40, 8, 4]
assert image.GetSize() == (2, 3, 5) and image.GetSpacing() == (40, 8, 4)
print("as described")
PYTHON
