#!/bin/bash
# npy2bdv 1.1.0 (scikit-image 0.26.0): coarser levels of an image of odd size, for BigDataViewer.
#
# Behaviour: an image of 5 x 7 x 9 voxels that are all 1000 gets levels whose last planes, rows and columns are darker: 500, 250 and
# 125 at half size, down to 46 at a quarter. A viewer that shows the coarse level draws a dark rim around the volume.
# One would have guessed that the mean of equal voxels is their value.
# Why: what scikit-image's `downscale_local_mean` lacks at the end of an axis counts as zeros.
# Who reads such a file should take its finest level and average again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check npy2bdv==1.1.0 scikit-image==0.26.0 h5py==3.16.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import h5py
import npy2bdv
import numpy as np

image = np.full((5, 7, 9), 1000, np.uint16)
levels = ((1, 1, 1), (2, 2, 2), (4, 4, 4))
writer = npy2bdv.BdvWriter("image.h5", subsamp=levels, blockdim=((4, 4, 4),) * 3)
writer.append_view(image)
writer.write_xml()
writer.close()
with h5py.File("image.h5") as file:
    found = [np.unique(file[f"t00000/s00/{level}/cells"][()]).tolist() for level in range(3)]
for level, values in enumerate(found):
    print(f"level {level}: {values}")
assert found == [[1000], [125, 250, 500, 1000], [46, 62, 187, 250, 750, 1000]]
print("as described")
PYTHON
