#!/bin/bash
# cloud-volume 12.15.2, reading a precomputed volume of labels that tensorstore 0.1.86 wrote, both with their defaults.
#
# Behaviour: tensorstore doesn't write chunks whose voxels are all 0, as its driver reads missing chunks as zeros.
# cloud-volume treats a missing chunk as damage, and refuses to read a region that touches one (EmptyVolumeException),
# unless the volume is opened with fill_missing=True.
# One would have guessed that the other library can read a volume in which every voxel was written.
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
from cloudvolume.exceptions import EmptyVolumeException

path = f"file://{os.environ['FOLDER']}/labels"
labels = np.zeros((128, 64, 64, 1), np.uint64)
labels[:10] = 5
store = ts.open(
    {
        "driver": "neuroglancer_precomputed",
        "kvstore": path,
        "multiscale_metadata": {"type": "segmentation", "data_type": "uint64", "num_channels": 1},
        "scale_metadata": {
            "size": labels.shape[:3],
            "resolution": [4, 4, 40],
            "encoding": "raw",
            "chunk_size": [64, 64, 64],
        },
    },
    create=True,
).result()
store.write(labels).result()
names = sorted(os.listdir(path.removeprefix("file://") + "/4_4_40"))
print("chunks of", labels.shape[:3], "that were written:", names)
assert names == ["0-64_0-64_0-64"]
try:
    CloudVolume(path, progress=False)[:, :, :]
    raise SystemExit("cloud-volume read the volume")
except EmptyVolumeException as error:
    print("cloud-volume:", type(error).__name__)
assert np.array_equal(CloudVolume(path, progress=False, fill_missing=True)[:, :, :], labels)
print("as described")
PYTHON
